const CAPACITY = 24;

const slots = new Array(CAPACITY);
const slotOf = new Map();
let next = 0;

/**
 * The rendered form of an item, rendered once while it is among the most recent ones. A fixed number of slots is used in
 * turn, so that memory stays bounded.
 */
export function rememberItem(id, render) {
  const known = slotOf.get(id);
  if (known !== undefined) return readSlot(known, id);
  const slot = next;
  next = (next + 1) % CAPACITY;
  slots[slot] = { id, item: render() };
  slotOf.set(id, slot);
  return slots[slot].item;
}

/** To show a customer another item than the one asked for would be worse than to fail. */
function readSlot(slot, id) {
  const held = slots[slot];
  if (held.id !== id) throw new Error(`slot ${slot} holds item ${held.id} instead of ${id}`);
  return held.item;
}
