/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bus/kind.h"

/* The objects of a domain's devices, /org/roost1/domain/UUID/device/ALIAS. */
void roost_bus_follow_devices (RoostBus *bus, RoostDomain *domain);
void roost_bus_forget_devices (RoostBus *bus, RoostDomain *domain);
