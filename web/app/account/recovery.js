import { useSignal } from "@preact/signals";
import { Dialog } from "../dialog.js";
import { html } from "../html.js";
import { t } from "../texts.js";

/** The recovery codes, this once. @param {{codes: string[], close: () => void}} props */
export function RecoveryCodes({ codes, close }) {
  return html`<${Dialog} id="recovery" title=${t("recovery-codes")} close=${close}>
    <p>${t("recovery-codes-hint")}</p>
    <ol class="codes">
      ${codes.map((code) => html`<li key=${code}><code>${code}</code></li>`)}
    </ol>
    <${Keep} text=${`${codes.join("\n")}\n`} file="coursewire-codes.txt" />
    <p><button type="button" class="primary" onClick=${close}>${t("codes-kept")}</button></p>
  <//>`;
}

/** Copy a text that is shown once, or save it. @param {{text: string, file: string}} props */
export function Keep({ text, file }) {
  const said = useSignal("");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text.trim());
      said.value = t("copied");
    } catch {
      said.value = t("not-copied"); // the browser, or the user, said no: the text is still there to be marked
    }
  };
  const save = () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    link.download = file;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return html`<div class="tools">
      <button type="button" onClick=${copy}>${t("copy")}</button>
      <button type="button" onClick=${save}>${t("download")}</button>
    </div>
    <p role="status">${said.value}</p>`;
}
