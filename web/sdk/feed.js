/** @typedef {import("./position.js").LiveEvent} LiveEvent */
/** An announcement; without a course it is for the whole school. What staff alone see, and what only lists tell, is
 * absent from events.
 * @typedef {{announcementId: string, courseId: string | null, title: string, content: string, authorId: string,
 *   postedAt: string | null, version: number, author?: Person | null, status?: Status, editedAt?: string | null,
 *   scheduledAt?: string | null, expiresAt?: string | null, timezone?: string | null, read?: boolean,
 *   seenBy?: {seen: number, of: number} | null}} Announcement */
/** @typedef {"draft" | "scheduled" | "posted" | "expired" | "withdrawn"} Status */
/** @typedef {{id: string, firstName: string, lastName: string}} Person */
/** Announcements by id. @typedef {Readonly<Record<string, Announcement>>} Feed */

/**
 * A course's feed, or the school's, after one event. Events tell states and carry the object's version, so one that is in the snapshot
 * already does no harm; one that was taken out of the log (`_redacted`) tells nothing.
 * @param {Feed} feed
 * @param {string} name
 * @param {LiveEvent} event
 * @returns {Feed}
 */
export function applied(feed, name, event) {
  if (event._redacted || !name.startsWith("announcement.")) return feed;
  const known = feed[event.announcementId];
  if (name === "announcement.withdrawn" || name === "announcement.expired") {
    const { [event.announcementId]: _, ...rest } = feed;
    return rest;
  }
  if (known && known.version >= event._version) return feed;
  const { announcementId, courseId, title, content, authorId, expiresAt } = event;
  const postedAt = event.postedAt ?? known?.postedAt ?? event._at;
  const isReworded = known && (known.title !== title || known.content !== content);
  const editedAt = isReworded ? event._at : known?.editedAt;
  const told = { announcementId, courseId, title, content, authorId, postedAt, expiresAt, editedAt };
  return { ...feed, [announcementId]: { ...known, ...told, version: event._version } };
}

/**
 * The feed that a list of announcements shows.
 * @param {Announcement[]} list
 * @returns {Feed}
 */
export function feedOf(list) {
  return Object.fromEntries(list.map((one) => [one.announcementId, one]));
}
