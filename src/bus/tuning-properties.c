/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "bus/tuning.h"

#include "domain/tune.h"

/* A floating copy, as a getter returns it. */
static GVariant *
show (RoostDomain *domain, const char *name)
{
  g_autoptr (GVariant) value =
      g_variant_lookup_value (roost_domain_summary (domain)->tuning, name, NULL);
  g_autoptr (GBytes) bytes = g_variant_get_data_as_bytes (value);

  return g_variant_new_from_bytes (g_variant_get_type (value), bytes, TRUE);
}

#define GETTER(name)                                                                               \
  GVariant *tuning_get_##name (RoostBus *bus, gpointer object) { return show (object, #name); }
ROOST_TUNING_PROPERTIES (GETTER)

GVariant *
tuning_get_NotApplied (RoostBus *bus, gpointer object)
{
  return roost_domain_tune_missing (object);
}
