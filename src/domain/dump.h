/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "domain/domain.h"

/*
 * Dumps: the memory of a guest in a file, as crash(8) and gdb read it. A dump is a job. QEMU writes
 * by itself while the daemon watches, so a dump outlives the daemon, and the next one watches on.
 *
 * QEMU stops the guest while it writes, and once it has begun nothing but its end stops it: a dump
 * can be cancelled only before.
 */

typedef struct
{
  char *format;   /* (nullable): "elf" (the default), "kdump-zlib", "kdump-lzo", … */
  gboolean live;  /* refused: QEMU cannot */
  gboolean crash; /* end the guest when it is written, as one that crashed */
  gboolean reset; /* press reset when it is written */
} RoostDumpOptions;

typedef struct
{
  const char *path; /* (nullable): a new file, absolute */
  int fd;           /* without @path: open for writing; borrowed */
} RoostDumpTarget;

/**
 * roost_domain_dump_begin:
 * Begins a dump, which goes on as a job of its own. A file is made with mode 0600, and removed when
 * the dump fails. Awaits: no. Returns: (transfer full): the job
 * Errors: NOT_RUNNING, BUSY, INVALID_ARGUMENT, NOT_SUPPORTED (live); the job's own: EXISTS (the
 * file is there), NO_SPACE, IO, NOT_SUPPORTED (QEMU has not the format), QEMU, CANCELLED.
 */
RoostJob *roost_domain_dump_begin (RoostDomain *domain,
                                   const RoostDumpTarget *target,
                                   const RoostDumpOptions *options,
                                   const char *caller,
                                   GError **error);

/* Dumps to the file @path and waits for the end of it. Awaits: yes. Errors: both sorts above. */
gboolean roost_domain_dump (RoostDomain *domain,
                            const char *path,
                            const RoostDumpOptions *options,
                            const char *caller,
                            GError **error);
