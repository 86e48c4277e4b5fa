/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "model/device-common.h"

/* Graphics, video, sound and shared folders. */

typedef struct
{
  RoostListenType type;
  char *address, *network, *socket;
  RoostTristate from_config;    /* live */
  RoostTristate auto_generated; /* live: the socket's path was made by the service */
} RoostListen;

typedef struct
{
  RoostSpiceChannelName name;
  RoostChannelMode mode;
} RoostSpiceChannel;

typedef struct
{
  RoostDeviceInfo info;
  RoostGraphicsType type;
  RoostInt port;     /* -1: choose one */
  RoostInt tls_port; /* spice */
  RoostInt websocket;
  RoostTristate websocket_generated;
  RoostTristate autoport;
  char *listen; /* the attribute: the address of the first <listen> */
  char *socket; /* the attribute: old form of <listen type='socket'> */
  char *keymap;
  RoostSharePolicy share_policy;
  RoostTristate power_control;
  char *passwd, *passwd_valid_to;
  RoostConnectedAction connected;
  RoostChannelMode default_mode; /* spice */
  char *display, *xauth;         /* sdl, desktop */
  RoostTristate fullscreen;
  RoostTristate replace_user, multi_user; /* rdp */
  RoostTristate p2p;                      /* dbus */
  char *dbus_address;
  GPtrArray *listens;  /* of RoostListen */
  GPtrArray *channels; /* of RoostSpiceChannel */
  RoostImageCompression image_compression;
  RoostJpegCompression jpeg_compression, zlib_compression;
  RoostTristate playback_compression;
  RoostStreamingMode streaming;
  RoostTristate clipboard_copypaste;
  RoostMouseMode mouse_mode;
  RoostTristate filetransfer;
  RoostTristate gl;
  char *rendernode;
  RoostUint audio_id;
} RoostGraphics;

typedef struct
{
  RoostDeviceInfo info;
  RoostVideoVgaConf vgaconf;
  RoostVideoBackend backend; /* driver/@name */
  RoostVirtioOptions virtio;
  RoostVideoType type;
  RoostUint ram, vram, vram64, vgamem; /* KiB, as the document counts them */
  RoostUint heads;
  RoostTristate primary, blob;
  gboolean has_acceleration;
  RoostTristate accel3d, accel2d;
  char *rendernode;
  RoostUint resolution_x, resolution_y;
} RoostVideo;

typedef struct
{
  RoostCodecType type;
} RoostCodec;

typedef struct
{
  RoostDeviceInfo info;
  RoostSoundModel model;
  RoostTristate multichannel;
  GPtrArray *codecs; /* of RoostCodec */
  RoostUint audio_id;
} RoostSound;

/* One direction of an audio backend. */
typedef struct
{
  RoostTristate mixing_engine, fixed_settings;
  RoostUint voices, buffer_length;
  RoostUint frequency, channels;
  RoostAudioFormat format;
  gboolean has_settings;
  char *dev;                                       /* alsa, oss */
  RoostUint buffer_count;                          /* oss, coreaudio, sdl */
  RoostTristate try_poll;                          /* alsa, oss */
  char *name, *stream_name;                        /* pulseaudio */
  RoostUint latency;                               /* pulseaudio */
  char *server_name, *client_name, *connect_ports; /* jack */
  RoostTristate exact_name;
} RoostAudioStream;

typedef struct
{
  RoostUint id;
  RoostPosition position;
  RoostAudioType type;
  RoostUint timer_period;
  char *server_name;                 /* pulseaudio */
  char *path;                        /* file */
  RoostAudioSdlDriver sdl_driver;    /* sdl */
  RoostTristate try_mmap, exclusive; /* oss */
  RoostUint dsp_policy;
  RoostAudioStream *input, *output;
} RoostAudio;

typedef struct
{
  RoostDeviceInfo info;
  RoostFilesystemType type;
  RoostFilesystemAccess access;
  RoostFilesystemModel model;
  RoostFilesystemMultidevs multidevs;
  char *fmode, *dmode; /* octal */
  RoostFilesystemDriver driver;
  char *driver_format; /* loop, nbd */
  RoostFilesystemWritePolicy wrpolicy;
  RoostUint queue; /* virtiofs */
  RoostVirtioOptions virtio;
  char *source_dir, *source_dev, *source_file, *source_name, *source_pool, *source_volume;
  char *source_socket;
  RoostUint source_usage; /* ram, bytes */
  char *binary;           /* virtiofsd */
  RoostTristate xattr, flock, posix_lock;
  RoostFilesystemCache cache;
  RoostSandboxMode sandbox;
  RoostUint thread_pool_size;
  char *target;
  gboolean readonly;
  RoostUint space_hard_limit, space_soft_limit; /* bytes */
} RoostFilesystem;
