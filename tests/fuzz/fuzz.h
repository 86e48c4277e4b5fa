/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* What libFuzzer calls with each input. Returns: 0 */
int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

/* What libFuzzer calls first. */
int LLVMFuzzerInitialize (int *argc, char ***argv);
