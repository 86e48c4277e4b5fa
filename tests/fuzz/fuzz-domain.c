/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The document of a domain. */
#include "fuzz.h"

#include "model/tables.h"
#include "round-trip.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  fuzz_round_trip (&roost_domain_type, "domain", (const char *)data, size);
  return 0;
}
