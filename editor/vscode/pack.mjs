// Packs the extension: a .vsix is a zip with a manifest. The same files always make the same bytes.
//
// usage: node pack.mjs [FILE]
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { deflateRawSync } from "node:zlib";

const { name, publisher, displayName, description, version, engines, keywords, categories, ...rest } =
  JSON.parse(readFileSync("package.json", "utf8"));
const target = process.argv[2] ?? `${name}-${version}.vsix`;

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

const compiled = readdirSync("out", { recursive: true })
  .filter((path) => path.endsWith(".js"))
  .sort();
const files = [
  ["[Content_Types].xml", Buffer.from(contentTypes)],
  ["extension.vsixmanifest", Buffer.from(manifest)],
  ["extension/LICENSE.txt", readFileSync("../../LICENSE")],
  ["extension/README.md", readFileSync("README.md")],
  ["extension/package.json", readFileSync("package.json")],
  ...compiled.map((path) => [`extension/out/${path}`, readFileSync(`out/${path}`)]),
];

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? (n >>> 1) ^ 0xedb88320 : n >>> 1;
  return n;
});
const crc32 = (bytes) => ~bytes.reduce((sum, byte) => (sum >>> 8) ^ CRC[(sum ^ byte) & 255], ~0) >>> 0;

/** A record of a zip file: its fields as [bytes, value], in their order. */
function record(...fields) {
  const made = Buffer.alloc(fields.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of fields) at = made.writeUIntLE(value, at, size);
  return made;
}

const DEFLATED = 8;
const DAY_ONE = 0x21; // 1 January 1980, the first that zip knows: what is packed has no other date
const parts = [];
const directory = [];
let offset = 0;
for (const [path, content] of files) {
  const label = Buffer.from(path);
  const packed = deflateRawSync(content, { level: 9 });
  // version needed, flags, method, time, date, checksum, sizes, length of the name, of the rest
  const about = [[2, 20], [2, 0], [2, DEFLATED], [2, 0], [2, DAY_ONE], [4, crc32(content)]];
  about.push([4, packed.length], [4, content.length], [2, label.length], [2, 0]);
  parts.push(record([4, 0x04034b50], ...about), label, packed);
  // comment, disk, internal and external attributes, where it begins
  directory.push(record([4, 0x02014b50], [2, 20], ...about, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]), label);
  offset += 30 + label.length + packed.length;
}
const size = directory.reduce((sum, part) => sum + part.length, 0);
const count = files.length;
const end = record([4, 0x06054b50], [2, 0], [2, 0], [2, count], [2, count], [4, size], [4, offset], [2, 0]);
writeFileSync(target, Buffer.concat([...parts, ...directory, end]));
console.log(`${target}: ${offset + size + end.length} bytes`);
