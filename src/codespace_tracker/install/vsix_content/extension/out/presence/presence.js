"use strict";
var __createBinding = (this && this.__createBinding) || (Object.create ? (function(o, m, k, k2) {
    if (k2 === undefined) k2 = k;
    var desc = Object.getOwnPropertyDescriptor(m, k);
    if (!desc || ("get" in desc ? !m.__esModule : desc.writable || desc.configurable)) {
      desc = { enumerable: true, get: function() { return m[k]; } };
    }
    Object.defineProperty(o, k2, desc);
}) : (function(o, m, k, k2) {
    if (k2 === undefined) k2 = k;
    o[k2] = m[k];
}));
var __setModuleDefault = (this && this.__setModuleDefault) || (Object.create ? (function(o, v) {
    Object.defineProperty(o, "default", { enumerable: true, value: v });
}) : function(o, v) {
    o["default"] = v;
});
var __importStar = (this && this.__importStar) || (function () {
    var ownKeys = function(o) {
        ownKeys = Object.getOwnPropertyNames || function (o) {
            var ar = [];
            for (var k in o) if (Object.prototype.hasOwnProperty.call(o, k)) ar[ar.length] = k;
            return ar;
        };
        return ownKeys(o);
    };
    return function (mod) {
        if (mod && mod.__esModule) return mod;
        var result = {};
        if (mod != null) for (var k = ownKeys(mod), i = 0; i < k.length; i++) if (k[i] !== "default") __createBinding(result, mod, k[i]);
        __setModuleDefault(result, mod);
        return result;
    };
})();
Object.defineProperty(exports, "__esModule", { value: true });
exports.reportPresence = reportPresence;
const vscode = __importStar(require("vscode"));
const touch_1 = require("../touch");
const onceAMinute_1 = require("./onceAMinute");
const reporter_1 = require("./reporter");
const blindSpots_1 = require("./blindSpots");
const signs_1 = require("./signs");
const QUESTION = "codespaceTracker.isReporting";
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
    const signs = new signs_1.Signs(() => activity.sign(), onceAMinute_1.CLOCK.now, window.state);
    const reporter = new reporter_1.Reporter(() => vscode.commands.executeCommand("setContext", QUESTION, true), () => {
        const isBlind = (0, blindSpots_1.hidesInput)(window.state, isWebviewInView(), vscode.extensions.all);
        write(`${touch_1.REPORTERS}/${process.pid}${isBlind ? touch_1.UNKNOWN : ""}`);
        signs.answered();
    }, onceAMinute_1.CLOCK);
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
        return input instanceof vscode.TabInputWebview || input instanceof vscode.TabInputCustom;
    });
}
