import type { DeployWindow } from '../config/schema.ts';

export type WindowState =
  | { readonly open: true }
  /** `until`: when the next window opens. */
  | { readonly open: false; readonly until: Date };

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const DAY_MS = 86_400_000;
/** A window opens every week, whatever the clocks do on one of its days. */
const LOOK_AHEAD_DAYS = 15;

/** Whether a canary may start now. No windows = always. Windows are on the clocks of their time zone. Pure. */
export function decideWindow(windows: readonly DeployWindow[], now: Date): WindowState {
  if (windows.length === 0 || windows.some((window) => isOpen(window, now))) return { open: true };
  const openings = windows.flatMap((window) => nextOpening(window, now) ?? []);
  const first = Math.min(...openings);
  return { open: false, until: new Date(Number.isFinite(first) ? first : now.getTime() + DAY_MS) };
}

function isOpen(window: DeployWindow, now: Date): boolean {
  const local = localTime(window.time_zone, now.getTime());
  const minute = Math.floor((local % DAY_MS) / 60_000);
  return window.days.includes(dayOf(local)) && minute >= minuteOf(window.from) && minute < minuteOf(window.to);
}

function nextOpening(window: DeployWindow, now: Date): number | null {
  const today = Math.floor(localTime(window.time_zone, now.getTime()) / DAY_MS) * DAY_MS;
  for (let day = 0; day < LOOK_AHEAD_DAYS; day++) {
    const local = today + day * DAY_MS + minuteOf(window.from) * 60_000;
    if (!window.days.includes(dayOf(local))) continue;
    const at = instantOf(window.time_zone, local);
    if (at > now.getTime()) return at;
  }
  return null;
}

function dayOf(local: number): (typeof DAYS)[number] {
  return DAYS[new Date(local).getUTCDay()] ?? 'sun';
}

function minuteOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** What the clocks of a zone show at an instant, as if they showed UTC. */
function localTime(timeZone: string, at: number): number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  const part = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** When the clocks of a zone show `local`; a time that a change to summer time skips is taken right behind the change. */
function instantOf(timeZone: string, local: number): number {
  const first = local - (localTime(timeZone, local) - local);
  const second = local - (localTime(timeZone, first) - first);
  return localTime(timeZone, second) === local ? second : Math.max(first, second);
}
