/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/kind.h"

#include "domain/device.h"
#include "introspection/interfaces.h"

static void
describe_domain (gpointer object, RoostQuestion *question)
{
  question->domain_name = roost_domain_name (object);
  question->domain_uuid = roost_domain_uuid (object);
}

const RoostKind roost_kind_domain = {
  .noun = "domain",
  .missing = "it may have been removed",
  .interfaces = { &org_roost1_domain_interface, &org_roost1_domain_agent_interface,
                  &org_roost1_domain_display_interface, &org_roost1_domain_tuning_interface },
  .describe = describe_domain,
};

const RoostKind roost_kind_job = {
  .noun = "job",
  .missing = "one is readable for a minute after its end",
  .interfaces = { &org_roost1_job_interface },
};

const RoostKind roost_kind_secret = {
  .noun = "secret",
  .missing = "it may have been undefined",
  .interfaces = { &org_roost1_secret_interface },
};

static void
describe_device (gpointer object, RoostQuestion *question)
{
  RoostDomain *domain = roost_device_domain (object);

  question->device_name = roost_device_alias (object);
  if (domain != NULL)
    describe_domain (domain, question);
}

const RoostKind roost_kind_device = {
  .noun = "device",
  .missing = "the guest may have let it go, or does not run",
  .interfaces = { &org_roost1_domain_device_interface },
  .describe = describe_device,
};
