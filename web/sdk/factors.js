/** @typedef {import("./session.js").Method["kind"]} Kind */
/** @typedef {{id: string, kind: Kind, name: string, createdAt: string, lastUsedAt: string | null}} Factor */
/** @typedef {{enabled: boolean, factors: Factor[], recoveryCodesLeft: number}} Factors */
/** What is shown once: a secret to scan or to type (totp), or what the browser makes a passkey from.
 * @typedef {{factorId: string, kind: Kind, secret?: string | null, otpauthUri?: string | null, qrSvg?: string | null,
 *   publicKey?: any}} Enrollment */
/** @typedef {{factorId?: string, code?: string, credential?: object, recoveryCode?: string,
 *   password?: string}} Proof */
/** What was done so that the user can answer: a code was sent, or this is for the browser to sign.
 * @typedef {{sent: boolean, publicKey?: any}} Challenge */

/**
 * Second factors: having them, and proving them when signing in or before something that matters.
 * @param {import("./rest.js").Rest} rest
 * @param {import("./session.js").Session} session
 */
export const factorsOf = (rest, session) => ({
  /** @returns {Promise<Factors>} */
  list: async () => (await rest.get("/auth/mfa")).data,

  /** Begin with a factor; it counts when it is confirmed.
   * @param {{kind: Kind, name?: string, phone?: string}} draft @returns {Promise<Enrollment>} */
  enroll: async (draft) => (await rest.post("/auth/mfa/enroll", draft)).data,

  /** @param {{factorId: string, code?: string, credential?: object}} proof
   * @returns {Promise<string[] | null>} the recovery codes, with the first factor */
  confirm: async (proof) => (await rest.post("/auth/mfa/confirm", proof)).data.recoveryCodes,

  /** @param {string} factorId */
  disable: (factorId) => rest.post("/auth/mfa/disable", { factorId }),

  /** Make new recovery codes in place of the old ones. @returns {Promise<string[]>} */
  renewRecoveryCodes: async () => (await rest.post("/auth/mfa/recovery-codes")).data.recoveryCodes,

  /** While signing in: have a code sent, or get what a passkey signs.
   * @param {string} mfaToken @param {string} factorId @returns {Promise<Challenge>} */
  challenge: async (mfaToken, factorId) => (await rest.post("/auth/mfa/challenge", { mfaToken, factorId })).data,

  /** Finish signing in. @param {string} mfaToken @param {Proof} proof */
  verify: (mfaToken, proof) => session.open("/auth/mfa/verify", { mfaToken, ...proof }),

  /** While signed in: have a code sent, or get what a passkey signs.
   * @param {string} factorId @returns {Promise<Challenge>} */
  stepUpChallenge: async (factorId) => (await rest.post("/auth/step-up/challenge", { factorId })).data,

  /** Prove again who one is; a new session takes the place of this one. @param {Proof} proof */
  stepUp: async (proof) => session.open("/auth/step-up", proof, await session.token()),
});
