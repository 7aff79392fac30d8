import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderText } from "../../src/diagnostics/render-text.ts";
import { type Loaded, loadSettings } from "../../src/load/load.ts";
import { settingsSchema } from "../../src/settings/json-schema.ts";
import { arbitrarySettings, settingsText } from "../support/arbitrary-settings.ts";
import { virtualWorld } from "../support/virtual-world.ts";

const property = suite("arbitrary settings");
const options = { readSecrets: true };

property("are accepted, and give one plan for each sensor in the file's order", async () => {
  await fc.assert(
    fc.asyncProperty(arbitrarySettings, async (document) => {
      const { source, sensors, diagnostics } = await loadSettings(
        "s.yaml",
        virtualWorld({ "s.yaml": settingsText(document) }),
        options,
      );
      assert.is(
        renderText(
          diagnostics.filter(({ severity }) => severity === "error"),
          source,
          { color: false },
        ),
        "",
      );
      assert.equal(
        sensors.map(({ plan }) => plan.name),
        document.sensors.map(({ name }) => name),
      );
    }),
    { numRuns: 100 },
  );
});

property("fit the JSON Schema that editors get", () => {
  const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(settingsSchema());
  fc.assert(
    fc.property(arbitrarySettings, (document) => {
      assert.ok(validate(JSON.parse(settingsText(document))), JSON.stringify(validate.errors));
    }),
  );
});

property("mean the same with CRLF and with a byte order mark", async () => {
  await fc.assert(
    fc.asyncProperty(arbitrarySettings, async (document) => {
      const text = settingsText(document);
      const [plain, crlf, bom] = await Promise.all(
        [text, text.replaceAll("\n", "\r\n"), `\ufeff${text}`].map((form) =>
          loadSettings("s.yaml", virtualWorld({ "s.yaml": form }), options),
        ),
      );
      assert.ok(plain && plain.sensors.length > 0);
      const plans = (loaded: Loaded | undefined) => JSON.stringify(loaded?.sensors.map(({ plan }) => plan));
      assert.is(plans(crlf), plans(plain));
      assert.is(plans(bom), plans(plain));
      assert.equal(bom?.diagnostics, plain.diagnostics);
    }),
    { numRuns: 30 },
  );
});

property("damaged anywhere are answered with diagnostics, never with an exception", async () => {
  const damage = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.nat(12),
    put: fc.string({ unit: "binary", maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(
      arbitrarySettings,
      fc.array(damage, { minLength: 1, maxLength: 3 }),
      async (document, damages) => {
        let text = settingsText(document);
        for (const { at, cut, put } of damages) {
          const offset = Math.floor(at * text.length);
          text = text.slice(0, offset) + put + text.slice(offset + cut);
        }
        const { source, diagnostics } = await loadSettings("s.yaml", virtualWorld({ "s.yaml": text }), {
          readSecrets: false,
        });
        for (const { range } of diagnostics)
          if (range)
            assert.ok(
              0 <= range.start && range.start <= range.end && range.end <= source.text.length,
              "a range outside the text",
            );
        const rendered = renderText(diagnostics, source, { color: false });
        assert.not.match(rendered, /[^\n\P{Cc}]/u);
      },
    ),
    { numRuns: 200 },
  );
});

property.run();
