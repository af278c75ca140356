// SPDX-License-Identifier: LGPL-3.0-or-later
// Starts `dp-multitask lsp` for JSON and YAML files; the server knows which of them are inputs.
"use strict";

const { commands, window, workspace } = require("vscode");
const { LanguageClient } = require("vscode-languageclient/node");

let client;

async function start() {
  const settings = workspace.getConfiguration("dp-multitask");
  const [command, ...leading] = settings.get("command");
  client = new LanguageClient(
    "dp-multitask",
    "dp-multitask",
    { command, args: [...leading, "lsp"] },
    {
      documentSelector: ["json", "jsonc", "yaml"].flatMap((language) =>
        ["file", "untitled"].map((scheme) => ({ scheme, language })),
      ),
      initializationOptions: {
        schema: settings.get("schema"),
        backend: settings.get("backend"),
      },
    },
  );
  try {
    await client.start();
  } catch (error) {
    client = undefined;
    window.showErrorMessage(
      `dp-multitask does not start (${error.message}). ` +
        "Install it with: pip install 'dp-multitask[editor]', " +
        "or name it in the setting dp-multitask.command.",
    );
  }
}

async function stop() {
  await client?.stop();
  client = undefined;
}

async function restart() {
  await stop();
  await start();
}

exports.activate = async (context) => {
  context.subscriptions.push(
    commands.registerCommand("dp-multitask.restart", restart),
    workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration("dp-multitask")) restart();
    }),
  );
  await start();
};

exports.deactivate = stop;
