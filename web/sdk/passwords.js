/** Passwords and the address that they belong to. @param {import("./rest.js").Rest} rest */
export const passwordsOf = (rest) => ({
  /** @param {string} currentPassword @param {string} newPassword */
  change: (currentPassword, newPassword) => rest.post("/auth/change-password", { currentPassword, newPassword }),

  /** Ask for a mail that lets its reader choose a new password. The answer does not tell whether there is an account.
   * @param {string} email */
  forgot: (email) => rest.post("/auth/forgot", { email }),

  /** @param {string} token of that mail @param {string} password the new one */
  reset: (token, password) => rest.post("/auth/reset", { token, password }),

  /** @param {string} token of the mail that went to the address */
  verifyEmail: (token) => rest.post("/auth/verify-email", { token }),

  sendVerification: () => rest.post("/auth/verify-email/send"),
});
