import { useSignal } from "@preact/signals";
import { focusOn, focused, Sure, useDoing } from "../doing.js";
import { Alert } from "../forms.js";
import { html } from "../html.js";
import { school } from "../state.js";
import { t, when } from "../texts.js";
import { clock } from "../times.js";
import { discard, sendAgain } from "./outbox.js";

/** @typedef {import("../../sdk/conversations.js").Message} Message */

/** One message; of one's own with the ways to change it.
 * @param {{message: Message, name: string, isOwn: boolean, isNamed: boolean, isFound: boolean,
 *   amended: (message: Message) => void}} props */
export function MessageItem({ message, name, isOwn, isNamed, isFound, amended }) {
  const isEdited = useSignal(false);
  const { sentAt, editedAt, deletedAt, content, messageId } = message;
  const done = () => {
    isEdited.value = false;
    focusOn(`edit-${messageId}`);
  };
  return html`<li class=${`message ${isOwn ? "own" : ""} ${isFound ? "found" : ""} ${deletedAt ? "deleted" : ""}`}>
    <span class=${isNamed ? "name" : "visually-hidden"}>${isOwn ? t("message-you") : name}</span>
    ${isEdited.value
      ? html`<${Editor} message=${message} amended=${amended} done=${done} />`
      : html`<p class="text bubble">${deletedAt ? t("message-deleted") : content}</p>`}
    <div class="under soft">
      <time datetime=${sentAt} title=${when(sentAt)}>${clock(sentAt)}</time>
      ${editedAt && !deletedAt && html`<span title=${when(editedAt)}>${t("message-edited")}</span>`}
      ${isOwn &&
      !deletedAt &&
      !isEdited.value &&
      html`<${Tools} message=${message} edit=${() => (isEdited.value = true)} amended=${amended} />`}
    </div>
  </li>`;
}

/** @param {{message: Message, edit: () => void, amended: (message: Message) => void}} props */
function Tools({ message, edit, amended }) {
  const doing = useDoing();
  const { messageId, content } = message;
  const remove = () =>
    doing.run(async () => {
      await school.messages.remove(messageId);
      amended({ ...message, content: "", deletedAt: new Date().toISOString() });
      focusOn("write");
    });
  return html`<div class="message-tools">
    <button id=${`edit-${messageId}`} class="small" aria-label=${t("edit-message", { text: content })} onClick=${edit}>
      ${t("edit")}
    </button>
    <${Sure}
      label=${t("delete-one")}
      name=${t("delete-message", { text: content })}
      question=${t("delete-sure")}
      yes=${t("delete-yes")}
      act=${remove}
    />
    <${Alert} error=${doing.error.value} />
  </div>`;
}

/** Enter saves, Escape leaves it as it was.
 * @param {{message: Message, amended: (message: Message) => void, done: () => void}} props */
function Editor({ message, amended, done }) {
  const doing = useDoing();
  const typed = useSignal(message.content);
  const save = async () => {
    const content = typed.value.trim();
    if (!content) return;
    const isSaved = await doing.run(async () => {
      if (content !== message.content) amended(await school.messages.edit(message.messageId, content));
    });
    if (isSaved) done();
  };
  const key = (/** @type {KeyboardEvent} */ event) => {
    if (event.key === "Escape") return done();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    void save();
  };
  const input = (/** @type {InputEvent} */ event) => {
    typed.value = /** @type {HTMLTextAreaElement} */ (event.currentTarget).value;
  };
  return html`<div class="editor">
    <textarea
      rows="2"
      ref=${focused}
      aria-label=${t("edit-text")}
      defaultValue=${message.content}
      onInput=${input}
      onKeyDown=${key}
    ></textarea>
    <${Alert} error=${doing.error.value} />
    <div class="tools">
      <button class="primary small" onClick=${save}>${t("save")}</button>
      <button class="small" onClick=${done}>${t("cancel")}</button>
    </div>
  </div>`;
}

/** A message that is on its way, or that did not get there and waits for another try.
 * @param {{one: import("./outbox.js").Outgoing, sent: (message: Message) => void}} props */
export function Unsent({ one, sent }) {
  return html`<li class="message own unsent">
    <span class="visually-hidden">${t("message-you")}</span>
    <p class="text bubble">${one.content}</p>
    ${!one.error && html`<p class="under soft">${t("sending-message")}</p>`}
    ${one.error &&
    html`<${Alert} error=${one.error} />
      <div class="tools">
        <button class="small" onClick=${() => sendAgain(one, sent)}>${t("try-again")}</button>
        <button class="small" onClick=${() => discard(one)}>${t("discard-message")}</button>
      </div>`}
  </li>`;
}
