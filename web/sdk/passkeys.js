import { ApiError } from "./errors.js";

/** Whether this browser can make and use passkeys as they come from the server. */
export function knowsPasskeys() {
  return typeof globalThis.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
}

/** Have the browser make a passkey. @param {any} publicKey the server's options, as JSON */
export function createdPasskey(publicKey) {
  const options = PublicKeyCredential.parseCreationOptionsFromJSON(publicKey);
  return told(navigator.credentials.create({ publicKey: options }));
}

/** Have the browser sign with a passkey. @param {any} publicKey the server's options, as JSON */
export function signedByPasskey(publicKey) {
  const options = PublicKeyCredential.parseRequestOptionsFromJSON(publicKey);
  return told(navigator.credentials.get({ publicKey: options }));
}

/**
 * Signing in with a passkey alone.
 * @param {import("./rest.js").Rest} rest
 * @param {import("./session.js").Session} session
 */
export const passkeysOf = (rest, session) => ({
  signIn: async () => {
    const { challengeToken, publicKey } = (await rest.post("/auth/passkey/options")).data;
    const credential = await signedByPasskey(publicKey);
    return session.open("/auth/passkey/signin", { challengeToken, credential });
  },
});

/** The credential as JSON, or an `ApiError` when the user or the browser declines.
 * @param {Promise<Credential | null>} asked @returns {Promise<object>} */
async function told(asked) {
  try {
    const credential = /** @type {PublicKeyCredential} */ (await asked);
    return credential.toJSON();
  } catch (cause) {
    const isKnown = cause instanceof DOMException && cause.name === "InvalidStateError";
    const code = isKnown ? "passkey_known" : "passkey_declined";
    throw new ApiError("The passkey was not used.", { code, category: "auth", cause });
  }
}
