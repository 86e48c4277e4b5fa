/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "qemu/build.h"

#include "base/compat.h"
#include "base/error.h"

/* Audio backends and sound cards. */

/* --- backends --- */

static const char *
audio_driver (RoostAudioType type)
{
  switch (type)
    {
    case ROOST_AUDIO_TYPE_PULSEAUDIO:
      return "pa";
    case ROOST_AUDIO_TYPE_FILE:
      return "wav";
    case ROOST_AUDIO_TYPE_NONE:
    case ROOST_AUDIO_TYPE_ALSA:
    case ROOST_AUDIO_TYPE_COREAUDIO:
    case ROOST_AUDIO_TYPE_JACK:
    case ROOST_AUDIO_TYPE_OSS:
    case ROOST_AUDIO_TYPE_SDL:
    case ROOST_AUDIO_TYPE_SPICE:
    case ROOST_AUDIO_TYPE_DBUS:
      return roost_audio_type_names[type];
    case ROOST_AUDIO_TYPE_UNSET:
    default:
      return "none";
    }
}

static void
put_stream (JsonObject *audio, const char *key, const RoostAudioStream *stream)
{
  g_autoptr (JsonObject) object = NULL;

  if (stream == NULL)
    return;
  object = json_object_new ();
  roost_put_yes_no (object, "mixing-engine", stream->mixing_engine);
  roost_put_yes_no (object, "fixed-settings", stream->fixed_settings);
  roost_put_uint (object, "voices", stream->voices);
  roost_put_uint (object, "buffer-length", stream->buffer_length);
  roost_put_uint (object, "frequency", stream->frequency);
  roost_put_uint (object, "channels", stream->channels);
  if (stream->format != ROOST_AUDIO_FORMAT_UNSET)
    roost_put_string (object, "format", roost_audio_format_names[stream->format]);
  roost_put_string (object, "dev", stream->dev);
  roost_put_uint (object, "buffer-count", stream->buffer_count);
  roost_put_yes_no (object, "try-poll", stream->try_poll);
  roost_put_string (object, "name", stream->name);
  roost_put_string (object, "stream-name", stream->stream_name);
  roost_put_uint (object, "latency", stream->latency);
  roost_put_string (object, "server-name", stream->server_name);
  roost_put_string (object, "client-name", stream->client_name);
  roost_put_string (object, "connect-ports", stream->connect_ports);
  roost_put_yes_no (object, "exact-name", stream->exact_name);
  if (json_object_get_size (object) > 0)
    roost_put_child (audio, key, g_steal_pointer (&object));
}

gboolean
roost_build_audio (RoostBuild *build, const RoostAudio *audio, GError **error)
{
  JsonObject *object = json_object_new ();

  roost_put_printf (object, "id", "audio%u", (guint)audio->id.value);
  roost_put_string (object, "driver", audio_driver (audio->type));
  roost_put_uint (object, "timer-period", audio->timer_period);
  roost_put_string (object, "server", audio->server_name);
  roost_put_string (object, "path", audio->path);
  roost_put_yes_no (object, "try-mmap", audio->try_mmap);
  roost_put_yes_no (object, "exclusive", audio->exclusive);
  roost_put_uint (object, "dsp-policy", audio->dsp_policy);
  put_stream (object, "in", audio->input);
  put_stream (object, "out", audio->output);
  roost_build_option_take (build, "-audiodev", roost_object_text (object));
  json_object_unref (object);
  return TRUE;
}

char *
roost_build_audio_id (RoostBuild *build, RoostUint id)
{
  const GPtrArray *audios = build->config->devices.audios;
  const RoostAudio *first = audios != NULL && audios->len > 0 ? audios->pdata[0] : NULL;

  if (id.is_set && id.value > 0)
    return g_strdup_printf ("audio%u", (guint)id.value);
  return first != NULL ? g_strdup_printf ("audio%u", (guint)first->id.value) : NULL;
}

/* --- cards --- */

static const char *
codec_driver (RoostCodecType type)
{
  switch (type)
    {
    case ROOST_CODEC_TYPE_MICRO:
      return "hda-micro";
    case ROOST_CODEC_TYPE_OUTPUT:
      return "hda-output";
    case ROOST_CODEC_TYPE_DUPLEX:
    case ROOST_CODEC_TYPE_UNSET:
    default:
      return "hda-duplex";
    }
}

static void
add_codec (RoostBuild *build, const RoostSound *sound, guint index, RoostCodecType type)
{
  JsonObject *device = roost_object_new ("driver", codec_driver (type));
  g_autofree char *audio = roost_build_audio_id (build, sound->audio_id);

  roost_put_printf (device, "id", "%s-codec%u", sound->info.alias, index);
  roost_put_printf (device, "bus", "%s.0", sound->info.alias);
  roost_put_int (device, "cad", index);
  roost_put_string (device, "audiodev", audio);
  roost_build_device (build, device);
}

static gboolean
build_hda (RoostBuild *build, const RoostSound *sound, const char *driver, GError **error)
{
  const RoostCodec *codec;

  if (!roost_build_device_at (build, roost_device_new (driver, &sound->info), &sound->info, error))
    return FALSE;
  if (sound->codecs == NULL || sound->codecs->len == 0)
    add_codec (build, sound, 0, ROOST_CODEC_TYPE_DUPLEX);
  ROOST_LIST_EACH (RoostCodec, codec, sound->codecs)
    add_codec (build, sound, codec_i, codec->type);
  return TRUE;
}

gboolean
roost_build_sound (RoostBuild *build, const RoostSound *sound, GError **error)
{
  g_autofree char *audio = roost_build_audio_id (build, sound->audio_id);
  const char *driver = NULL;
  JsonObject *device;

  switch (sound->model)
    {
    case ROOST_SOUND_MODEL_PCSPK: /* of the machine, see -machine pcspk-audiodev */
      return TRUE;
    case ROOST_SOUND_MODEL_ICH6:
      return build_hda (build, sound, "intel-hda", error);
    case ROOST_SOUND_MODEL_ICH9:
      return build_hda (build, sound, "ich9-intel-hda", error);
    case ROOST_SOUND_MODEL_ES1370:
      driver = "ES1370";
      break;
    case ROOST_SOUND_MODEL_AC97:
      driver = "AC97";
      break;
    case ROOST_SOUND_MODEL_USB:
      driver = "usb-audio";
      break;
    case ROOST_SOUND_MODEL_SB16:
      driver = "sb16";
      break;
    case ROOST_SOUND_MODEL_ICH7:
    case ROOST_SOUND_MODEL_UNSET:
    default:
      return roost_throw (error, ROOST_ERROR_NOT_SUPPORTED, "QEMU has no sound card “%s”",
                          roost_sound_model_names[sound->model]);
    }
  device = roost_device_new (driver, &sound->info);
  if (sound->model == ROOST_SOUND_MODEL_USB)
    roost_put_yes_no (device, "multi", sound->multichannel);
  roost_put_string (device, "audiodev", audio);
  return roost_build_device_at (build, device, &sound->info, error);
}
