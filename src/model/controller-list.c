/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/controller-list.h"

#include "base/compat.h"
#include "base/error.h"
#include "model/blame.h"

/* More than any machine holds, and few enough to compare each with each. */
#define MAX_CONTROLLERS 512

gboolean
roost_controller_is_usb_companion (const RoostController *controller)
{
  return controller->type == ROOST_CONTROLLER_TYPE_USB
         && (controller->model == ROOST_CONTROLLER_MODEL_ICH9_UHCI1
             || controller->model == ROOST_CONTROLLER_MODEL_ICH9_UHCI2
             || controller->model == ROOST_CONTROLLER_MODEL_ICH9_UHCI3);
}

gboolean
roost_controller_is_ich9_usb (const RoostController *controller)
{
  return roost_controller_is_usb_companion (controller)
         || (controller->type == ROOST_CONTROLLER_TYPE_USB
             && controller->model == ROOST_CONTROLLER_MODEL_ICH9_EHCI1);
}

RoostController *
roost_config_find_controller (const RoostDomainConfig *config,
                              RoostControllerType type,
                              gint64 index)
{
  RoostController *controller;

  ROOST_LIST_EACH (RoostController, controller, config->devices.controllers)
    if (controller->type == type && controller->index.is_set && controller->index.value == index)
      return controller;
  return NULL;
}

guint
roost_config_count_controllers (const RoostDomainConfig *config, RoostControllerType type)
{
  const RoostController *controller;
  guint n = 0;

  ROOST_LIST_EACH (const RoostController, controller, config->devices.controllers)
    if (controller->type == type)
      n++;
  return n;
}

gint64
roost_config_next_controller_index (const RoostDomainConfig *config, RoostControllerType type)
{
  const RoostController *controller;
  gint64 next = 0;

  ROOST_LIST_EACH (const RoostController, controller, config->devices.controllers)
    if (controller->type == type && controller->index.is_set)
      next = MAX (next, controller->index.value + 1);
  return next;
}

/* Does @controller belong before @other, which has the same type? */
static gboolean
goes_before (const RoostController *controller, const RoostController *other)
{
  if (controller->index.value != other->index.value)
    return controller->index.value < other->index.value;
  return roost_controller_is_usb_companion (other)
         && !roost_controller_is_usb_companion (controller);
}

static void
insert (GPtrArray *list, RoostController *controller)
{
  int at = -1;

  for (int i = (int)list->len - 1; i >= 0; i--)
    {
      const RoostController *other = g_ptr_array_index (list, i);

      if (other->type != controller->type)
        continue;
      if (goes_before (controller, other))
        at = i;
      else if (at == -1)
        at = i + 1;
    }
  g_ptr_array_insert (list, at, controller);
}

RoostController *
roost_config_add_controller (RoostDomainConfig *config,
                             RoostControllerType type,
                             RoostControllerModel model,
                             gint64 index)
{
  RoostController *controller = g_new0 (RoostController, 1);

  controller->type = type;
  controller->model = model;
  controller->index = (RoostInt){ .value = index, .is_set = TRUE };
  if (config->devices.controllers == NULL)
    config->devices.controllers = g_ptr_array_new ();
  insert (config->devices.controllers, controller);
  return controller;
}

void
roost_config_ensure_controller (RoostDomainConfig *config,
                                RoostControllerType type,
                                RoostControllerModel model,
                                gint64 index)
{
  if (roost_config_find_controller (config, type, index) == NULL)
    roost_config_add_controller (config, type, model, index);
}

/* --- indexes --- */

static gboolean
has_function (const RoostDomainConfig *config, gint64 index, RoostControllerModel model)
{
  const RoostController *controller;

  ROOST_LIST_EACH (const RoostController, controller, config->devices.controllers)
    if (controller->type == ROOST_CONTROLLER_TYPE_USB && controller->index.is_set
        && controller->index.value == index && controller->model == model)
      return TRUE;
  return FALSE;
}

/* Number 0 of PCI is the machine's own bus, written or not. */
static gint64
lowest_free_index (const RoostDomainConfig *config, const RoostController *controller)
{
  gboolean is_bridge = controller->type == ROOST_CONTROLLER_TYPE_PCI
                       && controller->model != ROOST_CONTROLLER_MODEL_PCI_ROOT
                       && controller->model != ROOST_CONTROLLER_MODEL_PCIE_ROOT;
  gint64 index = is_bridge ? 1 : 0;

  while (roost_config_find_controller (config, controller->type, index) != NULL)
    index++;
  return index;
}

/* The parts of an ICH9 USB controller come one after the other; a part that its neighbour's
 * controller lacks belongs to that. */
static gint64
choose_index (const RoostDomainConfig *config, guint position)
{
  const RoostController *controller = g_ptr_array_index (config->devices.controllers, position);

  for (guint i = position; roost_controller_is_ich9_usb (controller) && i > 0; i--)
    {
      const RoostController *before = g_ptr_array_index (config->devices.controllers, i - 1);

      if (before->type != ROOST_CONTROLLER_TYPE_USB)
        continue;
      if (roost_controller_is_ich9_usb (before)
          && !has_function (config, before->index.value, controller->model))
        return before->index.value;
      break;
    }
  return lowest_free_index (config, controller);
}

static gboolean
check_index (const RoostDomainConfig *config, guint position, GError **error)
{
  const RoostController *controller = g_ptr_array_index (config->devices.controllers, position);

  if (controller->index.value < 0)
    return roost_throw (error, ROOST_ERROR_INVALID_XML,
                        "%s controller: index %" G_GINT64_FORMAT " is negative",
                        roost_controller_type_names[controller->type], controller->index.value);
  for (guint i = 0; i < position; i++)
    {
      const RoostController *other = g_ptr_array_index (config->devices.controllers, i);

      if (other->type != controller->type || other->index.value != controller->index.value)
        continue;
      if (!roost_controller_is_ich9_usb (controller) || !roost_controller_is_ich9_usb (other)
          || controller->model == other->model)
        return roost_throw (error, ROOST_ERROR_EXISTS,
                            "two %s controllers have index %" G_GINT64_FORMAT
                            "; give one of them another",
                            roost_controller_type_names[controller->type], controller->index.value);
    }
  return TRUE;
}

gboolean
roost_config_order_controllers (RoostDomainConfig *config, GError **error)
{
  GPtrArray *old = config->devices.controllers;
  RoostController *controller;

  if (old == NULL)
    return TRUE;
  if (old->len > MAX_CONTROLLERS)
    {
      controller = old->pdata[MAX_CONTROLLERS];
      roost_throw (error, ROOST_ERROR_LIMIT_EXCEEDED,
                   "%u controllers are too many; at most %d are possible", old->len,
                   MAX_CONTROLLERS);
      return roost_blame (error, &controller->info.position, "controller", "controller-count");
    }
  ROOST_LIST_EACH (RoostController, controller, old)
    if (!controller->index.is_set)
      controller->index =
          (RoostInt){ .value = choose_index (config, controller_i), .is_set = TRUE };
  ROOST_LIST_EACH (RoostController, controller, old)
    if (!check_index (config, controller_i, error))
      return roost_blame (error, &controller->info.position, "controller", "controller-index");
  config->devices.controllers = g_ptr_array_new ();
  ROOST_LIST_EACH (RoostController, controller, old)
    insert (config->devices.controllers, controller);
  g_ptr_array_unref (old);
  return TRUE;
}
