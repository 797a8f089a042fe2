/** What the viewer may not see is null. @typedef {{id: string, firstName: string, lastName: string, username: string,
 *   role: string, avatarUrl: string | null, email: string | null, emailVerified: boolean | null,
 *   notificationPreference: boolean | null, preferredStudyTime: string | null, timezone: string | null,
 *   locale: string | null, weeklyLearningGoal: number | null}} Profile */
/** Whether a username is free, and if not, why. @typedef {{username: string, available: boolean,
 *   reason: "invalid" | "reserved" | "taken" | null}} Freedom */

/** What people say about themselves. @param {import("./rest.js").Rest} rest */
export const profilesOf = (rest) => ({
  /** @param {string} userId @returns {Promise<Profile>} */
  read: async (userId) => (await rest.get(`/users/${userId}/profile`)).data,

  /** @param {Record<string, unknown>} changes */
  update: async (changes) => (await rest.put("/profile/update", changes)).data,

  /** @param {Record<string, unknown>} changes */
  prefer: async (changes) => (await rest.put("/profile/preferences", changes)).data,

  /** @param {string} username @param {AbortSignal} [signal] @returns {Promise<Freedom>} */
  checkUsername: async (username, signal) => {
    return (await rest.post("/profile/check-username", { username }, { signal })).data;
  },
});
