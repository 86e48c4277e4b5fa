#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs inside `container`: the installed service under a real systemd. Guests are started paused: what is looked at
# here is who owns their processes and who may touch them, not what they do.
set -u

fails=0
check() { # NAME COMMAND…
  local name=$1
  shift
  if out=$("$@" 2>&1); then
    echo "ok: $name"
  else
    echo "FAILED: $name: $* said: $out"
    fails=$((fails + 1))
  fi
}
refuse() { # NAME TEXT COMMAND…: the command fails and says TEXT
  local name=$1 text=$2
  shift 2
  if out=$("$@" 2>&1); then
    echo "FAILED: $name: was allowed: $out"
    fails=$((fails + 1))
  elif [[ $out != *"$text"* ]]; then
    echo "FAILED: $name: expected '$text', got: $out"
    fails=$((fails + 1))
  else
    echo "ok: $name"
  fi
}
manager() { busctl --system call org.roost1 /org/roost1 org.roost1.Manager "$@"; }
domain() { busctl --system call org.roost1 "$path" org.roost1.Domain "$@"; }
property() { busctl --system get-property org.roost1 "$path" org.roost1.Domain "$1" | cut -d' ' -f2- | tr -d '"'; }
is() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; return 1; }; }
as_user() { setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; }
as_member() { setpriv --reuid=member --regid=nogroup --init-groups "$@"; }
wait_state() { for _ in $(seq 100); do [ "$(property State 2>/dev/null)" = "$1" ] && return 0; sleep 0.1; done; return 1; }

systemd-sysusers
useradd --no-create-home --groups roost member
systemctl daemon-reload
busctl --system call org.freedesktop.DBus /org/freedesktop/DBus org.freedesktop.DBus ReloadConfig

xml="<domain type='qemu'><name>web</name><memory unit='MiB'>64</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine='q35'>hvm</type></os><devices><serial type='pty'/></devices></domain>"

# The first call starts the daemon, by its unit.
check 'activation by D-Bus' busctl --system get-property org.roost1 /org/roost1 org.roost1.Manager Version
check 'the unit is active' systemctl is-active --quiet roostd.service
check 'define' manager DefineDomain 'sa{sv}' "$xml" 0
path=$(manager GetDomainByName s web | cut -d'"' -f2)
check 'start' domain Start 'a{sv}' 1 paused b true
pid=$(property Pid)
check 'paused' is "$(property State)" paused

cgroup=$(sed -n 's/^0:://p' "/proc/$pid/cgroup")
check 'a scope in machine.slice' is "$cgroup" '/machine.slice/machine-roost\x2d1\x2dweb.scope'
check 'machined knows it' machinectl show roost-1-web
check 'its leader is QEMU' is "$(machinectl show --property=Leader --value roost-1-web)" "$pid"
check 'QEMU is not root' is "$(stat -c %U "/proc/$pid")" roost-qemu

check 'restart of the unit' systemctl restart roostd.service
check 'the guest has its process' is "$(property Pid)" "$pid"
check 'and its state' is "$(property State)" paused
check 'which is alive' kill -0 "$pid"

daemon=$(systemctl show -P MainPID roostd.service)
systemctl kill -s KILL roostd.service
another_daemon() {
  for _ in $(seq 300); do
    systemctl is-active --quiet roostd.service \
      && [ "$(systemctl show -P MainPID roostd.service)" != "$daemon" ] && return 0
    sleep 0.1
  done
  return 1
}
check 'restarted after SIGKILL' another_daemon
check 'adopted again' is "$(property Pid)" "$pid"

refuse 'a stranger may not stop it' 'org.roost1.domain.control' as_user \
  busctl --system call org.roost1 "$path" org.roost1.Domain Destroy 'a{sv}' 0
check 'it runs on' is "$(property State)" paused
check 'a member of the group may resume' as_member \
  busctl --system call org.roost1 "$path" org.roost1.Domain Resume 'a{sv}' 0
check 'and destroy' as_member busctl --system call org.roost1 "$path" org.roost1.Domain Destroy 'a{sv}' 0
check 'shut off' wait_state shut-off
check 'the scope is gone' is "$(systemctl show -P ActiveState 'machine-roost\x2d1\x2dweb.scope')" inactive

check 'start again' domain Start 'a{sv}' 1 paused b true
pid=$(property Pid)
check 'the administrator ends the scope' machinectl terminate roost-2-web
check 'which is a crash to Roost' wait_state shut-off
check 'undefine' domain Undefine 'a{sv}' 0
check 'clean stop' systemctl stop roostd.service
check 'nothing failed' is "$(systemctl show -P Result roostd.service)" success

if [ "$fails" -gt 0 ]; then
  journalctl -b -u roostd.service --no-pager -o short-monotonic | tail -n 40
  echo "$fails checks failed"
  exit 1
fi
