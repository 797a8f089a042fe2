/** @typedef {import("./position.js").LiveEvent} LiveEvent */
/** One in a list; what an event brings has no words yet, only what they are made of.
 * @typedef {Omit<import("./notifications.js").Notification, "title" | "text"> & {title?: string, text?: string}} Notice */

/**
 * What somebody was told after one event, newest first. A list may be younger than the event, so what is in it already
 * stays as it is. What was taken back is gone.
 * @param {readonly Notice[]} list @param {string} name @param {LiveEvent} event
 * @returns {readonly Notice[]}
 */
export function noticed(list, name, event) {
  if (name === "notification.read") {
    const ids = new Set(event.ids ?? []);
    const isRead = (/** @type {string} */ id) => ids.has(id) || (event.before && id <= event.before);
    return list.map((one) => (isRead(one.notificationId) ? { ...one, readAt: one.readAt ?? event._at } : one));
  }
  if (name === "notification.withdrawn") {
    const gone = new Set(event.ids);
    return list.filter((one) => !gone.has(one.notificationId));
  }
  if (name !== "notification.new" || list.some((one) => one.notificationId === event.notificationId)) return list;
  const { notificationId, type, category, subject, facts, link, courseId, actorId, createdAt } = event;
  const fresh = { notificationId, kind: type, category, subject, facts, link, courseId, actorId, createdAt, readAt: null };
  return [fresh, ...list];
}
