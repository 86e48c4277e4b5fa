/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-types.h"
#include "model/machine.h"

/*
 * What makes a domain invalid although each of its elements can be read: small named rules over
 * the completed config. A rule looks at one thing and reports each place that breaks it; private to
 * model/.
 */
typedef struct
{
  const RoostDomainConfig *config;
  const RoostFacts *facts;
  const char *arch; /* never NULL */
  RoostMachineFamily family;
  GArray *devices;     /* of RoostDeviceRef: all of them */
  const char *rule;    /* the one that runs */
  RoostIssues *issues; /* (nullable) */
  GError *error;       /* the first one */
} RoostChecker;

typedef struct
{
  const char *name; /* "disk-target-unique" */
  void (*check) (RoostChecker *checker);
} RoostRule;

/* Ends with a NULL name. */
extern const RoostRule roost_os_rules[];
extern const RoostRule roost_cpu_rules[];
extern const RoostRule roost_tune_rules[];
extern const RoostRule roost_feature_rules[];
extern const RoostRule roost_disk_rules[];
extern const RoostRule roost_source_rules[];
extern const RoostRule roost_controller_rules[];
extern const RoostRule roost_net_rules[];
extern const RoostRule roost_hostdev_rules[];
extern const RoostRule roost_chardev_rules[];
extern const RoostRule roost_device_rules[];
extern const RoostRule roost_memory_rules[];
extern const RoostRule roost_media_rules[];
extern const RoostRule roost_virtio_rules[];
extern const RoostRule roost_unique_rules[];

/**
 * roost_check_all:
 * Runs every rule. Errors: INVALID_XML (it contradicts itself), NOT_SUPPORTED (QEMU or this binary
 * cannot do it); the text names place, element and rule. All of them go to @issues.
 */
gboolean roost_check_all (const RoostDomainConfig *config,
                          const RoostFacts *facts,
                          RoostIssues *issues,
                          GError **error);

/* For rules: what is wrong at the element @name that began at @at (nullable; line 0 = no place). */
void roost_check_invalid (RoostChecker *checker,
                          const RoostPosition *at,
                          const char *name,
                          const char *format,
                          ...) G_GNUC_PRINTF (4, 5);
void roost_check_unsupported (RoostChecker *checker,
                              const RoostPosition *at,
                              const char *name,
                              const char *format,
                              ...) G_GNUC_PRINTF (4, 5);

/* What QEMU may refuse at start, or not: it is reported and holds nothing up. */
void roost_check_warn (RoostChecker *checker,
                       const RoostPosition *at,
                       const char *name,
                       const char *format,
                       ...) G_GNUC_PRINTF (4, 5);

/* Is @type a device or object of the binary? */
gboolean roost_check_has (const RoostChecker *checker, const char *type);
