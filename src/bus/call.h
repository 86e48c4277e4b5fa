/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "base/fields.h"
#include "bus/auth.h"
#include "bus/bus.h"
#include "domain/manager.h"

/*
 * One call of a method, from its arrival to its only reply. The way of a call: the caller is
 * counted, its right is asked for, the object is looked up, the options are read, the handler runs,
 * the reply goes out. Nothing of the arguments is looked at before the right is known.
 */
typedef struct RoostCall RoostCall;
typedef struct RoostMethod RoostMethod;
typedef struct RoostProperty RoostProperty;

struct RoostCall
{
  RoostBus *bus;
  RoostManager *manager;
  GDBusMethodInvocation *invocation;
  const RoostMethod *method;
  RoostSender *sender;
  const char *caller;    /* the unique name of the sender */
  const RoostKind *kind; /* of the object; NULL for the manager */
  GObject *object;       /* NULL for the manager */
  GVariant *args;        /* the whole tuple */
  gpointer options;      /* a struct of method->options; NULL when it has none */
  GUnixFDList *fds;      /* what the reply carries */
};

/* The call's object, for handlers of that interface. */
#define ROOST_CALL_DOMAIN(call) ((RoostDomain *)(call)->object)
#define ROOST_CALL_JOB(call)    ((RoostJob *)(call)->object)

/* Takes a message to a method of ours and sees to its reply. */
void roost_call_start (RoostBus *bus, GDBusMethodInvocation *invocation);

/* Sends the reply of a call that was deferred, and frees the call.
 * @reply: (transfer floating) (nullable), else @error */
void roost_call_reply (RoostCall *call, GVariant *reply, const GError *error);

/* Returns: the descriptor that the argument @handle (h) means, for the caller of this to close; -1
 * when the message carries none such (INVALID_ARGUMENT). */
int roost_call_get_fd (RoostCall *call, gint32 handle, GError **error);

/* Returns: (transfer floating) (nullable): the empty reply of what @is_done, for a handler whose
 * function says so. */
GVariant *roost_call_done (gboolean is_done);

/* Returns: the reply (h) that carries @fd, which it takes. NULL when @fd is -1. */
GVariant *roost_call_fd (RoostCall *call, int fd);
