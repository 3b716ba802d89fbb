"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.reportPresence = reportPresence;
const vscode = require("vscode");
const askWindow_1 = require("../askWindow");
const clock_1 = require("../clock");
const guard_1 = require("../page/guard");
const touch_1 = require("../touch");
const onceAMinute_1 = require("./onceAMinute");
const reporter_1 = require("./reporter");
const blindSpots_1 = require("./blindSpots");
const signs_1 = require("./signs");
function reportPresence(directory, log) {
    const write = (file) => {
        void (0, touch_1.touch)(directory(), file).then((problem) => {
            if (problem !== undefined) {
                log(problem);
            }
        });
    };
    const activity = new onceAMinute_1.OnceAMinute(() => {
        write(touch_1.ACTIVITY);
    });
    const { window, workspace } = vscode;
    const signs = new signs_1.Signs((ago) => activity.sign(ago), clock_1.CLOCK.now, window.state);
    const reporter = new reporter_1.Reporter(askWindow_1.askWindow, () => {
        const isBlind = (0, blindSpots_1.hidesInput)(window.state, isWebviewInView(), vscode.extensions.all);
        write(`${touch_1.REPORTERS}/${process.pid}${isBlind ? touch_1.UNKNOWN : ""}`);
        signs.answered();
    }, clock_1.CLOCK);
    const named = (document) => document.uri.toString();
    const listeners = [
        window.onDidChangeWindowState((state) => {
            signs.changed(state, reporter.isReachable);
        }),
        window.onDidChangeTextEditorSelection(({ textEditor, kind }) => {
            signs.selected(named(textEditor.document), kind);
        }),
        window.onDidChangeTextEditorVisibleRanges(({ textEditor, visibleRanges }) => {
            signs.scrolled(named(textEditor.document), visibleRanges[0]?.start.line);
        }),
        window.onDidChangeNotebookEditorVisibleRanges(({ notebookEditor, visibleRanges }) => {
            signs.scrolled(notebookEditor.notebook.uri.toString(), visibleRanges[0]?.start);
        }),
        workspace.onDidCloseTextDocument((document) => {
            signs.closed(named(document));
        }),
        workspace.onDidCloseNotebookDocument((notebook) => {
            signs.closed(notebook.uri.toString());
        }),
        workspace.onDidChangeTextDocument(({ document }) => {
            signs.moved(named(document));
        }),
        workspace.onDidChangeNotebookDocument(({ notebook }) => {
            signs.moved(notebook.uri.toString());
        }),
        window.onDidChangeVisibleTextEditors((editors) => {
            editors.forEach(({ document, visibleRanges }) => {
                signs.shown(named(document), visibleRanges[0]?.start.line);
            });
        }),
        window.onDidChangeVisibleNotebookEditors((editors) => {
            editors.forEach(({ notebook, visibleRanges }) => {
                signs.shown(notebook.uri.toString(), visibleRanges[0]?.start);
            });
        }),
    ];
    for (const { document, visibleRanges } of window.visibleTextEditors) {
        signs.shown(named(document), visibleRanges[0]?.start.line);
    }
    reporter.start();
    return vscode.Disposable.from(activity, reporter, ...listeners);
}
function isWebviewInView() {
    return vscode.window.tabGroups.all.some(({ activeTab }) => {
        const input = activeTab?.input;
        const isPage = input instanceof vscode.TabInputWebview && input.viewType.endsWith(guard_1.PAGE);
        return ((input instanceof vscode.TabInputWebview && !isPage) || input instanceof vscode.TabInputCustom);
    });
}
