// Where a person may be without any sign: in what an extension draws by itself.

import type { WindowState } from "./signs";

/** What is read of an extension. */
interface Extension {
  readonly isActive: boolean;
  readonly packageJSON: unknown;
}

/**
 * Whether a person may type and click in this window although it is not active. `webviewTab` says
 * that a webview is in view in a tab.
 *
 * Keys and buttons in a webview (a preview, the chat of an agent) do not make a window active. No
 * one tells an extension where the focus is, so it may be in any webview that is in view. Only
 * without the focus of the window there is none.
 */
export function hidesInput(
  state: WindowState,
  webviewTab: boolean,
  extensions: readonly Extension[],
): boolean {
  return (
    state.focused &&
    state.active !== true &&
    (webviewTab || extensions.some(drawsAView))
  );
}

/** Whether an extension that runs may draw a view of its own beside the editors. */
function drawsAView({ isActive, packageJSON }: Extension): boolean {
  if (!isActive) {
    return false;
  }
  const { contributes } = packageJSON as {
    contributes?: { views?: Record<string, { type?: string }[]> };
  };
  const views = Object.values(contributes?.views ?? {}).flat();
  return views.some(({ type }) => type === "webview");
}
