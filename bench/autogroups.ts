import { existsSync, readFileSync } from 'node:fs';

/** sched(7), "The autogroup feature". Without effect in a control group, as under systemd and in containers. */
const file = '/proc/sys/kernel/sched_autogroup_enabled';

/** Tells, where it is so, that the kernel does not treat all contenders alike. */
export function warnOfAutogroups(): void {
  if (!existsSync(file) || readFileSync(file, 'utf8').trim() !== '1') return;
  console.log(
    'Each session has its share of the processors here, and a worker of Baton is one by itself: contenders with workers in one ' +
      'session are some 4 % ahead for that alone. `sysctl kernel.sched_autogroup_enabled=0` makes them equal.\n',
  );
}
