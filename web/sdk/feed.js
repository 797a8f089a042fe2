/** @typedef {import("./position.js").LiveEvent} LiveEvent */
/** @typedef {{announcementId: string, courseId: string, title: string, content: string, authorId: string,
 *   postedAt: string, version: number, author?: Person | null}} Announcement */
/** @typedef {{id: string, firstName: string, lastName: string}} Person */
/** Announcements by id. @typedef {Readonly<Record<string, Announcement>>} Feed */

/**
 * A course's feed after one event. Events tell states and carry the object's version, so one that is in the snapshot
 * already does no harm; one that was taken out of the log (`_redacted`) tells nothing.
 * @param {Feed} feed
 * @param {string} name
 * @param {LiveEvent} event
 * @returns {Feed}
 */
export function applied(feed, name, event) {
  if (event._redacted || !name.startsWith("announcement.")) return feed;
  const known = feed[event.announcementId];
  if (name === "announcement.withdrawn") {
    const { [event.announcementId]: _, ...rest } = feed;
    return rest;
  }
  if (known && known.version >= event._version) return feed;
  const { announcementId, courseId, title, content, authorId } = event;
  const postedAt = known?.postedAt ?? event._at;
  const told = { announcementId, courseId, title, content, authorId, postedAt, version: event._version };
  return { ...feed, [announcementId]: { ...told, author: known?.author } };
}

/**
 * The feed that a list of announcements shows.
 * @param {Announcement[]} list
 * @returns {Feed}
 */
export function feedOf(list) {
  return Object.fromEntries(list.map((one) => [one.announcementId, one]));
}
