/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Any document whose table has rows of all kinds. */
#include "fuzz.h"

#include "fields-sample.h"
#include "round-trip.h"

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  fuzz_round_trip (&machine_type, "machine", (const char *)data, size);
  return 0;
}
