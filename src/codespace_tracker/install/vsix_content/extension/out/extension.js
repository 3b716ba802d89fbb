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
exports.activate = activate;
const node_os_1 = require("node:os");
const vscode = __importStar(require("vscode"));
const locate_1 = require("./locate");
const presence_1 = require("./presence/presence");
function activate(context) {
    const uid = process.getuid?.();
    if (process.platform !== "linux" || uid === undefined) {
        return;
    }
    const directory = () => {
        const setting = vscode.workspace.getConfiguration("codespaceTracker").get("directory", "");
        return (0, locate_1.locate)(setting, { environment: process.env, home: (0, node_os_1.homedir)(), uid, root: "/" });
    };
    context.subscriptions.push((0, presence_1.reportPresence)(directory, logger(context)));
}
function logger(context) {
    let channel;
    let last = "";
    return (problem) => {
        if (problem !== last) {
            last = problem;
            if (channel === undefined) {
                channel = vscode.window.createOutputChannel("Codespace Tracker", { log: true });
                context.subscriptions.push(channel);
            }
            channel.info(`Presence is not reported: ${problem}.`);
        }
    };
}
