/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/domain-types.h"
#include "model/machine.h"
#include "qemu/argv.h"
#include "qemu/put.h"

/*
 * What the builders share, inside this room only. A builder appends items to a RoostBuild; the
 * items of one device are what its hotplug sends through QMP in the same order. At the end
 * argv.c writes all items as arguments.
 */
typedef enum
{
  ROOST_ITEM_OPTION,   /* only on a command line: .option and .text */
  ROOST_ITEM_OBJECT,   /* -object, object-add */
  ROOST_ITEM_BLOCKDEV, /* -blockdev, blockdev-add */
  ROOST_ITEM_NETDEV,   /* -netdev, netdev_add */
  ROOST_ITEM_CHARDEV,  /* -chardev; chardev-add has its own form, see roost_chardev_to_qmp () */
  ROOST_ITEM_DEVICE,   /* -device, device_add */
  ROOST_ITEM_N_KINDS
} RoostItemKind;

typedef struct
{
  RoostItemKind kind;
  const char *option; /* "-name"; static */
  char *text;         /* (nullable) */
  JsonObject *object; /* NULL for an option */
} RoostItem;

typedef struct
{
  const RoostDomainConfig *config;
  const RoostFacts *facts;
  const RoostLaunch *launch;
  const RoostHostConfig *host;
  RoostMachineFamily family;
  const RoostMachineFacts *machine; /* (nullable) */
  GPtrArray *boot; /* of RoostDeviceInfo: that <os><boot> means, in this order; NULL for none */
  RoostCommand *command; /* gets the requests */
  GPtrArray *items;      /* of RoostItem */
  GPtrArray *envs;       /* of char: they become the command's */
  guint next_fd;
  guint64 next_fdset;
  const char *fd_prefix;     /* "", or what the names of descriptors begin with that QMP passes */
  RoostHostConfig *own_host; /* (nullable) */
} RoostBuild;

/* Everything but .command, which the build fills but does not own. */
void roost_build_init (RoostBuild *build,
                       const RoostDomainConfig *config,
                       const RoostFacts *facts,
                       const RoostLaunch *launch,
                       RoostCommand *command);
void roost_build_clear (RoostBuild *build);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RoostBuild, roost_build_clear)

RoostCommand *roost_command_new (void);

/* What <qemu:override> says about the devices that were built so far. */
void roost_build_apply_overrides (RoostBuild *build);

/* --- items: the object or text becomes the build's --- */

void roost_build_option (RoostBuild *build, const char *option, const char *text);
void roost_build_option_take (RoostBuild *build, const char *option, char *text);
void roost_build_option_printf (RoostBuild *build, const char *option, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
void roost_build_object (RoostBuild *build, JsonObject *object);
void roost_build_blockdev (RoostBuild *build, JsonObject *object);
void roost_build_netdev (RoostBuild *build, JsonObject *object);
void roost_build_chardev (RoostBuild *build, JsonObject *object);
void roost_build_device (RoostBuild *build, JsonObject *object);

/* Appends a value to a key=value @text: ",key=value", commas doubled. */
void roost_text_add (GString *text, const char *key, const char *value);
void roost_text_add_printf (GString *text, const char *key, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/* --- what the host gives --- */

/* Returns: the number that the descriptor will have in QEMU. */
int roost_build_request_fd (
    RoostBuild *build, RoostFdKind kind, const char *alias, guint index, const char *path);

/* Returns: (transfer full): how a property names the descriptor @fd of a request: "16", or by a
 * name when it is passed to a QEMU that runs. */
char *roost_build_fd_text (RoostBuild *build, int fd);

/* Makes the descriptor @fd of the last request a set. Returns: (transfer full): "/dev/fdset/0". */
char *roost_build_fdset (RoostBuild *build, int fd, const char *alias, const char *role);

/* Asks for a file to be opened and passed as a set. Returns: (transfer full): "/dev/fdset/0". */
char *roost_build_request_file (
    RoostBuild *build, const char *alias, const char *role, const char *path, gboolean is_append);

/* A variable of QEMU's environment; nothing without a value. */
void roost_build_env (RoostBuild *build, const char *name, const char *value);

/* Adds an -object secret of @id whose value comes from the store. */
void roost_build_secret (RoostBuild *build, const char *id, const char *uuid, const char *usage);

/* Returns: (transfer full): @name in the domain's run folder. */
char *roost_build_run_path (RoostBuild *build, const char *name);

/* --- addresses --- */

/* "bus", "addr" and so on, as @address says; nothing without one. */
gboolean roost_build_address (RoostBuild *build,
                              JsonObject *device,
                              const RoostDeviceInfo *info,
                              GError **error);

/* Returns: (nullable): the controller of @type with @index that is no companion */
const RoostController *
roost_build_controller_at (RoostBuild *build, RoostControllerType type, guint64 index);

/* Returns: (transfer full): @base with the ending that a virtio device has at this address:
 * "virtio-blk-pci", "-ccw", "-device"; @model adds "-transitional" and the like. */
char *roost_virtio_driver (const char *base, const RoostDeviceInfo *info, RoostVirtioModel model);
void roost_put_virtio (JsonObject *device, const RoostVirtioOptions *options);

/* Adds bootindex, and loadparm on s390, when the device has a place in the boot order. */
void roost_put_boot (RoostBuild *build, JsonObject *device, const RoostDeviceInfo *info);
RoostUint roost_build_boot_index (RoostBuild *build, const RoostDeviceInfo *info);
void roost_put_rom (JsonObject *device, const RoostDeviceInfo *info);

/* A new device: {"driver": …, "id": alias}. */
JsonObject *roost_device_new (const char *driver, const RoostDeviceInfo *info);

/* Adds the address and hands the device to the build, after its zpci companion. Takes @device. */
gboolean roost_build_device_at (RoostBuild *build,
                                JsonObject *device,
                                const RoostDeviceInfo *info,
                                GError **error);

/* --- one builder per kind; each returns FALSE with NOT_SUPPORTED or INVALID_ARGUMENT --- */

gboolean roost_build_machine (RoostBuild *build, GError **error);
gboolean roost_build_firmware (RoostBuild *build, GError **error);
gboolean roost_build_cpu (RoostBuild *build, GError **error);
gboolean roost_build_memory (RoostBuild *build, GError **error);
gboolean
roost_build_memory_device (RoostBuild *build, const RoostMemoryDevice *memory, GError **error);
gboolean roost_build_smp_and_numa (RoostBuild *build, GError **error);
gboolean roost_build_identity (RoostBuild *build, GError **error);
gboolean roost_build_clock (RoostBuild *build, GError **error);
gboolean roost_build_boot (RoostBuild *build, GError **error);
gboolean roost_build_controllers (RoostBuild *build, GError **error);
gboolean
roost_build_one_controller (RoostBuild *build, const RoostController *controller, GError **error);
gboolean roost_build_ccids (RoostBuild *build, GError **error);
gboolean roost_build_hub (RoostBuild *build, const RoostHub *hub, GError **error);
gboolean roost_build_disk (RoostBuild *build, const RoostDisk *disk, GError **error);
gboolean roost_build_filesystem (RoostBuild *build, const RoostFilesystem *fs, GError **error);
gboolean roost_build_interface (RoostBuild *build, const RoostInterface *net, GError **error);
gboolean roost_build_smartcard (RoostBuild *build, const RoostSmartcard *card, GError **error);
gboolean roost_build_serial (RoostBuild *build, const RoostChardev *serial, GError **error);
gboolean roost_build_parallel (RoostBuild *build, const RoostChardev *parallel, GError **error);
gboolean roost_build_channel (RoostBuild *build, const RoostChardev *channel, GError **error);
gboolean roost_build_console (RoostBuild *build, const RoostChardev *console, GError **error);
gboolean roost_build_tpm (RoostBuild *build, const RoostTpm *tpm, GError **error);
gboolean roost_build_input (RoostBuild *build, const RoostInput *input, GError **error);
gboolean roost_build_audio (RoostBuild *build, const RoostAudio *audio, GError **error);
gboolean roost_build_graphics (RoostBuild *build, const RoostGraphics *graphics, GError **error);
gboolean roost_build_video (RoostBuild *build, const RoostVideo *video, GError **error);
gboolean roost_build_sound (RoostBuild *build, const RoostSound *sound, GError **error);
gboolean roost_build_hostdev (RoostBuild *build, const RoostHostdev *hostdev, GError **error);
gboolean roost_build_redirdev (RoostBuild *build, const RoostRedirdev *redir, GError **error);
gboolean roost_build_watchdog (RoostBuild *build, const RoostWatchdog *watchdog, GError **error);
gboolean roost_build_memballoon (RoostBuild *build, const RoostMemballoon *balloon, GError **error);
gboolean roost_build_rng (RoostBuild *build, const RoostRng *rng, GError **error);
gboolean roost_build_panic (RoostBuild *build, const RoostPanic *panic, GError **error);
gboolean roost_build_shmem (RoostBuild *build, const RoostShmem *shmem, GError **error);
gboolean roost_build_nvram (RoostBuild *build, const RoostNvram *nvram, GError **error);
gboolean roost_build_iommu (RoostBuild *build, const RoostIommu *iommu, GError **error);
gboolean roost_build_vsock (RoostBuild *build, const RoostVsock *vsock, GError **error);
gboolean roost_build_crypto (RoostBuild *build, const RoostCrypto *crypto, GError **error);
gboolean roost_build_pstore (RoostBuild *build, const RoostPstore *pstore, GError **error);
gboolean roost_build_launch_security (RoostBuild *build, GError **error);

/* --- what several of them use --- */

/* The backend of a character device: -chardev with @id, and its TLS credentials. @role is the
 * device's alias. */
gboolean roost_build_char_source (RoostBuild *build,
                                  const char *id,
                                  const char *alias,
                                  const RoostCharSource *source,
                                  GError **error);

/**
 * roost_build_storage:
 * @node: the name of the new node
 * @disk: (nullable): says caching and the like
 * Builds the node that reaches the bytes of @source ("file", "host_device", "nbd", …), and the
 * secrets it needs.
 */
gboolean roost_build_storage (RoostBuild *build,
                              const RoostStorageSource *source,
                              const char *node,
                              const RoostDisk *disk,
                              GError **error);

/* The object without caching and node name, for who puts its own. @auth: (nullable): where the
 * source itself has none. NULL on error. */
JsonObject *roost_storage_object (RoostBuild *build,
                                  const RoostStorageSource *source,
                                  const RoostSourceAuth *auth,
                                  const char *node,
                                  GError **error);

/* The caching that a disk gets, which is not always what it says. */
RoostDiskCache roost_disk_cache (const RoostDisk *disk);

/* The nodes of a disk with its backing chain, from the bottom up. @out_top: (transfer full): the
 * node for the device. */
gboolean
roost_build_chain (RoostBuild *build, const RoostDisk *disk, char **out_top, GError **error);

/* A whole image: storage and format; @node becomes the name of the format node. */
gboolean roost_build_image (RoostBuild *build,
                            const char *name,
                            const RoostStorageSource *source,
                            const char *format,
                            gboolean is_read_only,
                            GError **error);

/* Adds -object tls-creds-x509 @id, with the secret of its key when one is configured. */
void roost_build_tls (RoostBuild *build,
                      const char *id,
                      const RoostTlsConfig *tls,
                      gboolean is_server,
                      gboolean verify);

/* A memory backend for a cell, a memory device or the whole machine. */
typedef struct
{
  const char *id;
  guint64 size;             /* bytes */
  int cell;                 /* NUMA cell of the guest, -1 = the whole machine */
  RoostMemoryAccess access; /* of the cell or device */
  RoostTristate discard;
  guint64 page_size;        /* asked by the device; 0 = none */
  const RoostBitmap *nodes; /* (nullable): of the host, asked by the device */
  const char *path;         /* nvdimm, virtio-pmem */
  guint64 align;
  gboolean is_pmem, is_nvdimm, is_read_only, is_epc, is_machine;
  RoostTristate reserve, prealloc;
} RoostMemoryBackend;
JsonObject *
roost_memory_backend (RoostBuild *build, const RoostMemoryBackend *want, GError **error);
/* Adds it, with a thread context when pages are allocated at the start. Takes @object. */
void roost_build_memory_backend (RoostBuild *build, JsonObject *object);

/* The audiodev that a device plays to: by its <audio id>, or the first one. */
char *roost_build_audio_id (RoostBuild *build, RoostUint id);

/* Bytes that the guest starts with: without memory devices. */
guint64 roost_initial_memory (const RoostDomainConfig *config);
guint64 roost_cell_memory (const RoostDomainConfig *config, const RoostNumaCell *cell);
const char *roost_machine_ram_id (RoostBuild *build);
