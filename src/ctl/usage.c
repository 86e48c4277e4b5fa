/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "ctl/ctl.h"

G_DEFINE_QUARK (ctl - usage - quark, ctl_usage)
