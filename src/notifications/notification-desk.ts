import type { Caller } from '../runs/caller.ts';
import type { Notification } from './outbox.ts';

type ResendResult =
  | { readonly kind: 'resent'; readonly notification: Notification }
  | { readonly kind: 'refused'; readonly why: 'still_tried' | 'already_taken'; readonly detail: string };

/** What was to be told to whom outside, and a person's order to tell it again. */
export interface NotificationDesk {
  /** The newest first. */
  list(filter: { readonly status?: Notification['status']; readonly limit: number }): Promise<readonly Notification[]>;
  /** Null when there is none of this id. */
  resend(id: string, reason: string, caller: Caller): Promise<ResendResult | null>;
}
