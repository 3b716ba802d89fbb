"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.hidesInput = hidesInput;
function hidesInput(state, webviewTab, extensions) {
    return (state.focused &&
        state.active !== true &&
        (webviewTab || extensions.some(drawsAView)));
}
function drawsAView({ isActive, packageJSON }) {
    if (!isActive) {
        return false;
    }
    const { contributes } = packageJSON;
    const views = Object.values(contributes?.views ?? {}).flat();
    return views.some(({ type }) => type === "webview");
}
