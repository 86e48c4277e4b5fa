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
check 'what it mounts all see' is "$(readlink "/proc/$(systemctl show -P MainPID roostd.service)/ns/mnt")" \
  "$(readlink /proc/1/ns/mnt)"
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

# Tuning: pins work everywhere, limits where the controller is there.
tuning() { busctl --system call org.roost1 "$path" org.roost1.Domain.Tuning "$@"; }
allowed() { # THREAD-NAME
  for comm in /proc/"$pid"/task/*/comm; do
    case $(cat "$comm") in "$1"*) sed -n 's/^Cpus_allowed_list:\t//p' "${comm%comm}status" ;; esac
  done
}
limits() { # CONTROLLER PROPERTY VALUE METHOD OPTIONS…
  local controller=$1 name=$2 value=$3
  shift 3
  if grep -qw "$controller" "/sys/fs/cgroup$cgroup/cgroup.controllers"; then
    check "limit $name" tuning "$@"
    check "systemd has $name" is "$(systemctl show -P "$name" 'machine-roost\x2d1\x2dweb.scope')" "$value"
  else
    refuse "limit $name without its controller" "controller '$controller' is not there" tuning "$@"
  fi
}
check 'pin' tuning SetVcpuPin 'usa{sv}' 0 0 0
check 'the vCPU is pinned' is "$(allowed 'CPU 0')" 0
limits cpu CPUWeight 300 SetCpu 'a{sv}' 1 weight t 300
limits cpu CPUQuotaPerSecUSec 500ms SetCpu 'a{sv}' 1 global-quota x 50000
limits memory MemoryMax 4294967296 SetMemory 'a{sv}' 1 hard-limit t 4294967296
limits io IOWeight 200 SetBlockIo 'a{sv}' 1 weight t 200
check 'real time for root' tuning SetVcpuScheduler 'ssia{sv}' 0 batch 0 0

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
# Volumes that the daemon makes can be opened by QEMU, which is another user.
qemu-img create -q -f qcow2 /tmp/cloud.qcow2 1G
truncate -s 1M /tmp/cd.iso
check 'create' roostctl --system create made --image /tmp/cloud.qcow2 --iso /tmp/cd.iso --memory 64M --start
check 'its disk is QEMU'\''s' is "$(stat -c '%U %a' /var/lib/roost/images/made.qcow2)" 'roost-qemu 600'
check 'it runs' roostctl --system wait --state running --timeout 20 made
check 'destroy it' roostctl --system destroy made
check 'forget it' roostctl --system undefine made

check 'clean stop' systemctl stop roostd.service
check 'nothing failed' is "$(systemctl show -P Result roostd.service)" success

if [ "$fails" -gt 0 ]; then
  journalctl -b -u roostd.service --no-pager -o short-monotonic | tail -n 40
  echo "$fails checks failed"
  exit 1
fi
