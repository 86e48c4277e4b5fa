# SPDX-License-Identifier: LGPL-2.1-or-later
"""roostctl against a service with chosen answers: what it sends, prints and ends with."""
import json
import os
import re
import signal
import subprocess

import pytest

import harness

DEMO = '/org/roost1/domain/11111111_aaaa_4000_8000_000000000001'


def good(run):
    assert run.returncode == 0, run.stderr
    assert run.stderr == ''
    return run.stdout


def one_line(run):
    assert run.stderr.startswith('roostctl: ') and run.stderr.count('\n') == 1, run.stderr
    assert 'GDBus' not in run.stderr
    return run.stderr


@pytest.mark.parametrize('args, code, text', [
    ([], 2, 'what is to be done'),
    (['nonsense'], 2, "no verb 'nonsense'"),
    (['shutdwn'], 2, "did you mean 'shutdown'"),
    (['stop', 'demo'], 2, "did you mean 'shutdown'"),
    (['job'], 2, "'job list' or 'job cancel'"),
    (['help', 'shutdwn'], 2, "did you mean 'shutdown'"),
    (['wait', '--state', 'happy', 'demo'], 2, 'the states are shut-off'),
    (['start'], 2, 'start needs DOMAIN'),
    (['list', 'x'], 2, "does not take 'x'"),
    (['list', '--nonsense'], 2, '--nonsense'),
    (['list', '--active', '--inactive'], 2, 'exclude each other'),
    (['--system', 'list'], 2, 'exclude each other'),
    (['autostart', 'demo', 'maybe'], 2, "not 'maybe'"),
    (['job', 'cancel', 'x'], 2, 'not the number of a job'),
    (['start', 'nobody'], 3, "no domain has the name 'nobody'"),
    (['start', 'abcdef00'], 3, "'abcdef00'"),
    (['start', '11111111'], 3, 'more than one UUID'),
    (['console', 'demo'], 3, 'no console'),
    (['start', 'err-NotAuthorized'], 4, 'failed'),
    (['start', 'err-Busy'], 5, 'failed'),
    (['suspend', 'err-NotRunning'], 5, 'failed'),
    (['start', 'err-Timeout'], 6, 'failed'),
    (['wait', '--state', 'crashed', '--timeout', '1', 'demo'], 6, 'not crashed after 1 s'),
    (['start', 'err-Qemu'], 1, 'start of err-Qemu failed'),
    (['define', '/nonexistent.xml'], 1, 'no such file'),
])
def test_errors(service, args, code, text):
    run = service.ctl(*args)
    assert (run.returncode, run.stdout) == (code, '')
    assert text in one_line(run)


def test_help_of_a_verb(service):
    for args in (['help', 'start'], ['--help', 'start'], ['start', '--help']):
        assert '--paused' in good(service.ctl(*args))
    assert '--timeout' in good(service.ctl('help', 'job', 'wait'))
    assert 'start DOMAIN' in good(service.ctl('help')) == good(service.ctl('--help'))


def test_no_daemon(service):
    env = dict(service.env, DBUS_SESSION_BUS_ADDRESS='unix:path=/nonexistent',
               DBUS_SYSTEM_BUS_ADDRESS='unix:path=/nonexistent')
    for option in ([], ['--user'], ['--system']):
        run = subprocess.run([harness.ROOSTCTL, *option, 'list'], env=env, capture_output=True, text=True, check=False)
        assert run.returncode in (1, 7), run.stderr
        one_line(run)


def test_list(service):
    lines = good(service.ctl('list')).splitlines()
    assert lines[0].split() == ['NAME', 'STATE', 'UUID']
    assert [line.split()[0] for line in lines[1:]] == sorted(line.split()[0] for line in lines[1:])
    rows = json.loads(good(service.ctl('--json', 'list')))
    assert {'name': 'demo', 'uuid': '11111111-aaaa-4000-8000-000000000001', 'state': rows[0]['state'],
            'path': DEMO} in rows
    assert 'demo' in good(service.ctl('list', '--names')).split('\n')
    assert re.search(r'^demo +\S+ +unknown +2 +1 GiB ', good(service.ctl('list', '--long')), re.M)
    good(service.ctl('list', '--state', 'paused', '--active'))
    assert service.calls()[-1][2] == [{'state': 'paused', 'active': True}]


def test_show(service):
    text = good(service.ctl('show', 'demo'))
    assert re.search(r'^Memory: +1 GiB$', text, re.M) and re.search(r'^Name: +demo$', text, re.M)
    assert json.loads(good(service.ctl('show', 'demo', '--json')))['Vcpus'] == 2
    assert re.search(r'^Host memory: +16 GiB$', good(service.ctl('host')), re.M)


@pytest.mark.parametrize('args, method, options', [
    (['start', 'demo'], 'Start', {}),
    (['start', '--paused', '--reset-nvram', 'demo'], 'Start', {'paused': True, 'reset-nvram': True}),
    (['destroy', '--graceful', '--grace', '3', 'demo'], 'Destroy', {'graceful': True, 'grace': 3000000}),
    (['undefine', '--remove-nvram', '--keep-tpm', 'demo'], 'Undefine', {'remove-nvram': True, 'keep-tpm': True}),
    (['reboot', 'demo'], 'Reboot', {}), (['reset', 'demo'], 'Reset', {}),
    (['suspend', 'demo'], 'Suspend', {}), (['resume', 'demo'], 'Resume', {}),
    (['shutdown', 'demo'], 'Shutdown', {}),
])
def test_one_call(service, args, method, options):
    assert good(service.ctl(*args)) == ''
    assert service.calls()[-1] == [DEMO, method, [options]]


@pytest.mark.parametrize('what', ['demo', '11111111-aaaa-4000-8000-000000000001', '11111111-AAAA', '11111111-a'])
def test_find(service, what):
    good(service.ctl('resume', what))
    assert service.calls()[-1][:2] == [DEMO, 'Resume']


def test_many_domains_go_on_after_a_failure(service):
    run = service.ctl('resume', 'nobody', 'err-Busy', 'demo')
    assert run.returncode == 3 and run.stderr.count('\n') == 2
    assert service.calls()[-1][:2] == [DEMO, 'Resume']


def test_shutdown_waits(service):
    good(service.ctl('start', 'demo'))
    good(service.ctl('shutdown', '--wait', '--timeout', '10', 'demo'))
    good(service.ctl('wait', 'demo'))


def test_define(service, tmp_path):
    file = tmp_path / 'demo.xml'
    file.write_text('<domain/>')
    assert good(service.ctl('define', str(file))) == 'demo\n'
    assert good(service.ctl('define', '--strict', '-', stdin='<domain/>')) == 'demo\n'
    assert [c for c in service.calls() if c[1] == 'DefineDomain'][-1][2] == ['<domain/>', {'validate': True}]
    file.write_text('<broken/>')
    assert f'{file}: ' in one_line(service.ctl('define', str(file)))
    file.write_bytes(b'<domain>\xff</domain>')
    assert 'not text in UTF-8' in one_line(service.ctl('define', str(file)))


def test_validate(service, tmp_path):
    file = tmp_path / 'a.xml'
    file.write_text('<domain/>')
    assert good(service.ctl('validate', str(file))) == ''
    file.write_text('odd')
    assert good(service.ctl('validate', str(file))) == f'{file}:5:1: warning: not understood\n'
    assert service.ctl('validate', '--strict', str(file)).returncode == 1
    file.write_text('odd and broken')
    run = service.ctl('validate', str(file))
    assert run.returncode == 1 and run.stdout.startswith(f'{file}:3:7: error: no good\n')
    issues = json.loads(service.ctl('--json', 'validate', str(file)).stdout)
    assert issues[0] == {'file': str(file), 'line': 3, 'column': 7, 'severity': 'error', 'message': 'no good'}


def test_argv(service):
    text = good(service.ctl('argv', '-', stdin='<domain/>'))
    shown = subprocess.run(['sh', '-c', 'printf "%s\\n" ' + text], capture_output=True, text=True, check=True).stdout
    words = ['/usr/bin/qemu', '-name', "it's", '-device', '{"driver":"x"}', '-S']
    assert shown.splitlines() == words
    assert json.loads(good(service.ctl('--json', 'argv', '-', stdin='<domain/>'))) == words


def test_xml_and_edit(service):
    assert good(service.ctl('xml', 'demo')) == '<domain><name>demo</name></domain>\n'
    assert '<next/>' in good(service.ctl('xml', '--inactive', 'demo'))
    service.env['EDITOR'] = 'sed -i s/next/new/'
    assert 'stored' in good(service.ctl('edit', 'demo'))
    assert service.calls()[-1][1:] == ['Redefine', ['<domain><name>demo</name><new/></domain>', {}]]
    service.env['EDITOR'] = 'true'
    assert 'not changed' in good(service.ctl('edit', 'demo'))
    service.env['EDITOR'] = 'false'
    assert "editor 'false' failed" in one_line(service.ctl('edit', 'demo'))


def test_autostart(service):
    good(service.ctl('autostart', 'demo'))
    assert service.calls()[-1] == [DEMO, 'SetAutostart', [True, {}]]
    good(service.ctl('autostart', 'demo', 'off'))
    assert service.calls()[-1] == [DEMO, 'SetAutostart', [False, {}]]


def test_capabilities(service):
    assert good(service.ctl('capabilities')) == '<domainCapabilities/>\n'
    good(service.ctl('capabilities', '--arch', 'aarch64', '--machine', 'virt', '--type', 'qemu'))
    assert service.calls()[-1][1:] == ['GetDomainCapabilities',
                                       [{'arch': 'aarch64', 'machine': 'virt', 'type': 'qemu'}]]


def test_jobs(service):
    text = good(service.ctl('job', 'list'))
    assert re.search(r'^7 +start +demo +running +50% +2023-11-1. \S+ +spawn qemu$', text, re.M)
    assert json.loads(good(service.ctl('--json', 'job', 'list')))[0]['Progress'] == 0.5
    good(service.ctl('job', 'cancel', '7'))
    assert service.calls()[-1] == ['/org/roost1/job/7', 'Cancel', [{}]]
    good(service.ctl('job', 'wait', '--timeout', '2', '7'))
    assert service.calls()[-1] == ['/org/roost1/job/7', 'Wait', [{'timeout': 2000000}]]


def follow(service, *args):
    """Lines of a monitor that listens."""
    monitor = subprocess.Popen([harness.ROOSTCTL, '--user', *args], env=service.env, text=True,
                               stdout=subprocess.PIPE)
    assert 'listening' in monitor.stdout.readline()
    return monitor


def test_monitor(service):
    monitor = follow(service, 'monitor', 'demo')
    good(service.ctl('start', 'other'))
    good(service.ctl('start', 'demo'))
    assert re.fullmatch(r'\d\d:\d\d:\d\d\.\d{3}  demo  StateChanged  (state=running  reason=user|reason=user  state=running)\n',
                        monitor.stdout.readline())
    monitor.send_signal(signal.SIGINT)
    assert monitor.wait(10) == 0


def test_monitor_json(service):
    monitor = follow(service, 'monitor', '--json')
    good(service.ctl('destroy', 'demo'))
    event = json.loads(monitor.stdout.readline())
    assert event.pop('time') > 0
    assert event == {'domain': 'demo', 'path': DEMO, 'interface': 'org.roost1.Domain', 'event': 'StateChanged',
                     'values': {'state': 'shut-off', 'reason': 'user'}}
    monitor.terminate()
    assert monitor.wait(10) == 0


def test_import_libvirt(service, tmp_path):
    (tmp_path / 'autostart').mkdir()
    (tmp_path / 'a.xml').write_text('<domain>odd</domain>')
    (tmp_path / 'autostart' / 'a.xml').symlink_to('/nonexistent/a.xml')
    (tmp_path / 'networks').mkdir()
    before = len([c for c in service.calls() if c[1] == 'DefineDomain'])
    text = good(service.ctl('import-libvirt', str(tmp_path)))
    assert re.search(r'^a.xml +would be defined +yes +line 5: not understood$', text, re.M)
    assert len([c for c in service.calls() if c[1] == 'DefineDomain']) == before
    text = good(service.ctl('import-libvirt', '--apply', str(tmp_path)))
    assert re.search(r'^a.xml +defined +yes', text, re.M)
    assert service.calls()[-1] == [DEMO, 'SetAutostart', [True, {}]]
    rows = json.loads(good(service.ctl('--json', 'import-libvirt', str(tmp_path))))
    assert rows == [{'file': 'a.xml', 'result': 'would be defined', 'autostart': 'yes',
                     'detail': 'line 5: not understood'}]
    (tmp_path / 'b.xml').write_text('broken')
    run = service.ctl('import-libvirt', str(tmp_path))
    assert run.returncode == 1 and re.search(r'^b.xml +refused +- +line 3: no good$', run.stdout, re.M)
    assert '1 of 2 files' in one_line(run)
    assert 'No such file' in one_line(service.ctl('import-libvirt', '/nonexistent'))


def test_help(service):
    verbs = good(service.ctl('--list-verbs')).splitlines()
    text = good(service.ctl('--help'))
    assert len(verbs) > 20
    for verb in verbs:
        assert f'  {verb} ' in text
        details = good(service.ctl(*verb.split(), '--help'))
        assert 'Example' in details and f'roostctl {verb}' in details
    assert re.fullmatch(r'roostctl \d+\.\d+\.\d+\n', good(service.ctl('--version')))


def test_manual_names_every_verb_and_option(service):
    with open(os.path.join(harness.ROOT, 'docs/man/roostctl.1.rst'), encoding='utf-8') as f:
        manual = f.read()
    for verb in good(service.ctl('--list-verbs')).splitlines():
        entry = re.search(rf'^\*\*{verb}\*\*.*$', manual, re.M)
        assert entry, f'{verb} is not in roostctl(1)'
        for option in re.findall(r'--[a-z-]+', service.ctl(*verb.split(), '--help').stdout):
            if option not in ('--help', '--user', '--system', '--json', '--no-color'):
                assert f'**{option}**' in manual, f'{verb} {option} is not in roostctl(1)'


@pytest.mark.parametrize('args,method,wanted', [
    (['vcpupin', 'demo', '1', '2-3'], 'SetVcpuPin', [1, '2-3', {}]),
    (['vcpupin', '--live', 'demo', '0', 'all'], 'SetVcpuPin', [0, '', {'live': True}]),
    (['emulatorpin', '--config', 'demo', '0'], 'SetEmulatorPin', ['0', {'config': True}]),
    (['iothreadpin', 'demo', '1', '0'], 'SetIothreadPin', [1, '0', {}]),
    (['numatune', '--live', '--mode', 'strict', 'demo', '0-1'], 'SetNumaNodes', ['0-1', {'live': True, 'mode': 'strict'}]),
    (['numatune', 'demo', 'all'], 'SetNumaNodes', ['', {}]),
    (['schedpolicy', 'demo', 'vcpu:0-1', 'fifo', '10'], 'SetVcpuScheduler', ['0-1', 'fifo', 10, {}]),
    (['schedpolicy', 'demo', 'emulator', 'other'], 'SetEmulatorScheduler', ['other', 0, {}]),
    (['schedinfo', 'demo', 'weight=500', 'vcpu-quota=-1'], 'SetCpu', [{'weight': 500, 'vcpu-quota': -1}]),
    (['memtune', 'demo', 'hard-limit=1048576'], 'SetMemory', [{'hard-limit': 1048576}]),
    (['blkiotune', 'demo', 'weight=300'], 'SetBlockIo', [{'weight': 300}]),
    (['blkiotune', 'demo', '/dev/sda', 'read-iops=9'], 'SetBlockDevice', ['/dev/sda', {'read-iops': 9}]),
    (['blkdeviotune', 'demo', 'vda', 'group=slow', 'total-bytes=9'], 'SetDisk',
     ['vda', {'group': 'slow', 'total-bytes': 9}]),
])
def test_tuning(service, args, method, wanted):
    good(service.ctl(*args))
    assert service.calls()[-1][1:] == [method, wanted]


def test_tuning_shown(service):
    assert 'CpuWeight            0' in good(service.ctl('schedinfo', 'demo'))
    assert json.loads(good(service.ctl('--json', 'memtune', 'demo')))['MemoryHardLimit'] == 0
    for args in (['schedinfo', 'demo', 'weight'], ['vcpupin', 'demo', 'x', '0'], ['vcpupin', 'demo', '0'],
                 ['schedpolicy', 'demo', 'all', 'fifo'], ['memtune', 'demo', 'hard-limit=1G']):
        assert service.ctl(*args).returncode == 2
