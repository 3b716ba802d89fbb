// Puts what a .vsix is made of into the program, which installs it without Node.js (install/vsix.py). Commit that.
//
// usage: node pack.mjs [FOLDER]
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const { name, publisher, displayName, description, version, engines, keywords, categories, ...rest } =
  JSON.parse(readFileSync("package.json", "utf8"));
const target = process.argv[2] ?? "../../src/codespace_tracker/install/vsix_content";

const escaped = (text) =>
  text.replace(/[&<>"]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[sign]);
const property = (id, value) => `<Property Id="Microsoft.VisualStudio.${id}" Value="${escaped(value)}"/>`;
const asset = (type, path) =>
  `<Asset Type="Microsoft.VisualStudio.${type}" Path="extension/${path}" Addressable="true"/>`;

const manifest = `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
<Metadata>
<Identity Language="en-US" Id="${name}" Version="${version}" Publisher="${publisher}"/>
<DisplayName>${escaped(displayName)}</DisplayName>
<Description xml:space="preserve">${escaped(description)}</Description>
<Tags>${escaped(keywords.join(","))}</Tags>
<Categories>${escaped(categories.join(","))}</Categories>
<GalleryFlags>Public</GalleryFlags>
<License>extension/LICENSE.txt</License>
<Properties>
${property("Code.Engine", engines.vscode)}
${property("Code.ExtensionKind", rest.extensionKind.join(","))}
${property("Code.ExecutesCode", "true")}
${property("Services.Links.Source", rest.repository.url)}
${property("Services.GitHubFlavoredMarkdown", "true")}
</Properties>
</Metadata>
<Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
<Dependencies/>
<Assets>
${asset("Code.Manifest", "package.json")}
${asset("Services.Content.Details", "README.md")}
${asset("Services.Content.Changelog", "CHANGELOG.md")}
${asset("Services.Content.License", "LICENSE.txt")}
</Assets>
</PackageManifest>
`;
const types = ["json", "js", "md", "txt", "vsixmanifest"].map(
  (one) =>
    `<Default Extension=".${one}" ContentType="${one === "json" ? "application/json" : "text/plain"}"/>`,
);
const contentTypes = `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${types.join("")}</Types>
`;

const files = {
  "[Content_Types].xml": contentTypes,
  "extension.vsixmanifest": manifest,
  "extension/CHANGELOG.md": readFileSync("CHANGELOG.md"),
  "extension/LICENSE.txt": readFileSync("../../LICENSE"),
  "extension/README.md": readFileSync("README.md"),
  "extension/package.json": readFileSync("package.json"),
  "extension/trigger_config.schema.json": readFileSync("trigger_config.schema.json"),
};
for (const path of readdirSync("out", { recursive: true })) {
  if (path.endsWith(".js")) files[`extension/out/${path}`] = readFileSync(`out/${path}`);
}
rmSync(target, { recursive: true, force: true });
for (const [path, content] of Object.entries(files)) {
  const place = join(target, path);
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, content);
}
console.log(`${target}: ${Object.keys(files).length} files`);
