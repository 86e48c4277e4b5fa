/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "base/compat.h"
#include "domain/clone-private.h"
#include "model/media-types.h"
#include "model/net-types.h"
#include "model/tables.h"

#include <string.h>

/* --- what there must be once only --- */

static void
change_interfaces (RoostDomainConfig *config)
{
  RoostInterface *interface;

  ROOST_LIST_EACH (RoostInterface, interface, config->devices.interfaces)
    {
      g_clear_pointer (&interface->mac, g_free);
      g_clear_pointer (&interface->target_dev, g_free);
    }
}

static void
change_listens (RoostGraphics *graphics)
{
  RoostListen *listen;

  g_clear_pointer (&graphics->socket, g_free);
  ROOST_LIST_EACH (RoostListen, listen, graphics->listens)
    g_clear_pointer (&listen->socket, g_free);
}

static void
change_graphics (RoostDomainConfig *config)
{
  RoostGraphics *graphics;

  ROOST_LIST_EACH (RoostGraphics, graphics, config->devices.graphics)
    {
      if (graphics->port.value > 0 || graphics->tls_port.value > 0)
        graphics->autoport = ROOST_YES;
      if (graphics->autoport == ROOST_YES)
        graphics->port = graphics->tls_port = (RoostInt){ 0 };
      if (graphics->websocket.value > 0)
        graphics->websocket.value = -1;
      change_listens (graphics);
    }
}

/* Sockets that QEMU listens on; a channel without one gets its own at start. */
static void
change_channels (RoostDomainConfig *config)
{
  RoostChardev *channel;
  RoostCharEndpoint *end;

  ROOST_LIST_EACH (RoostChardev, channel, config->devices.channels)
    {
      if (channel->source.type != ROOST_CHAR_TYPE_UNIX)
        continue;
      ROOST_LIST_EACH (RoostCharEndpoint, end, channel->source.endpoints)
        if (end->mode != ROOST_CHAR_MODE_CONNECT)
          g_clear_pointer (&end->path, g_free);
    }
}

static void
change_sysinfo (RoostDomainConfig *config, const char *uuid)
{
  RoostSysinfo *sysinfo;
  RoostSysinfoEntry *entry;

  ROOST_LIST_EACH (RoostSysinfo, sysinfo, config->sysinfos)
    ROOST_LIST_EACH (RoostSysinfoEntry, entry, sysinfo->system)
      if (g_strcmp0 (entry->name, "uuid") == 0)
        {
          g_free (entry->value);
          entry->value = g_strdup (uuid);
        }
}

void
roost_clone_change_identity (RoostDomainConfig *config, const char *name, const char *uuid)
{
  g_free (config->name);
  config->name = g_strdup (name);
  g_free (config->uuid);
  config->uuid = g_strdup (uuid);
  g_clear_pointer (&config->genid, g_free); /* <genid/> without text: made anew */
  if (config->devices.vsock != NULL)
    {
      config->devices.vsock->cid_auto = ROOST_YES;
      config->devices.vsock->cid = (RoostUint){ 0 };
    }
  change_interfaces (config);
  change_graphics (config);
  change_channels (config);
  change_sysinfo (config, uuid);
}

gboolean
roost_clone_has_tpm (const RoostDomainConfig *config)
{
  const RoostTpm *tpm;

  ROOST_LIST_EACH (const RoostTpm, tpm, config->devices.tpms)
    if (tpm->backend == ROOST_TPM_BACKEND_EMULATOR)
      return TRUE;
  return FALSE;
}

void
roost_clone_set_nvram (RoostDomainConfig *config, const char *path)
{
  char **member =
      config->os.nvram_source.is_given ? &config->os.nvram_source.file : &config->os.nvram;

  if (*member == NULL)
    return; /* it is chosen by the domain's name */
  g_free (*member);
  *member = g_strdup (path);
}

/* --- disks --- */

static RoostDisk *
find_disk (RoostDomainConfig *config, const char *target)
{
  RoostDisk *disk;

  ROOST_LIST_EACH (RoostDisk, disk, config->devices.disks)
    if (g_strcmp0 (disk->target, target) == 0)
      return disk;
  return NULL;
}

static void
set_path (RoostStorageSource *source, gboolean is_block, const char *path)
{
  g_clear_pointer (&source->file, g_free);
  g_clear_pointer (&source->dev, g_free);
  source->type = is_block ? ROOST_SOURCE_TYPE_BLOCK : ROOST_SOURCE_TYPE_FILE;
  if (is_block)
    source->dev = g_strdup (path);
  else
    source->file = g_strdup (path);
}

void
roost_clone_set_disk (RoostDomainConfig *config,
                      const RoostCloneDisk *disk,
                      gboolean is_linked,
                      gboolean is_block,
                      const char *path)
{
  RoostDisk *own = find_disk (config, disk->target);
  RoostStorageSource *source = &own->source;

  if (own->backing_store != NULL)
    roost_type_free (&roost_backing_store_type, g_steal_pointer (&own->backing_store));
  if (is_linked)
    {
      g_free (own->format);
      own->format = g_strdup ("qcow2");
      own->readonly = FALSE;
    }
  if (source->type != ROOST_SOURCE_TYPE_VOLUME)
    {
      set_path (source, is_block, path);
      return;
    }
  g_free (source->pool);
  source->pool = g_strdup (roost_pool_name (disk->pool));
  g_free (source->volume);
  source->volume = g_strdup (disk->name);
}

char *
roost_clone_volume_name (const char *volume,
                         const char *old_name,
                         const char *new_name,
                         const char *target,
                         const char *suffix)
{
  const char *dot = strrchr (volume, '.');
  const char *end = dot != NULL && dot != volume ? dot : volume + strlen (volume);
  const char *rest = volume + strlen (old_name);
  gboolean is_named_so = g_str_has_prefix (volume, old_name) && rest <= end
                         && (*rest == '\0' || strchr ("-_.", *rest) != NULL);
  g_autofree char *stem =
      is_named_so ? g_strndup (rest, (gsize)(end - rest)) : g_strconcat ("-", target, NULL);

  return g_strconcat (new_name, stem, suffix != NULL ? suffix : end, NULL);
}
