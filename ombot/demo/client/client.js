// Hydrogen, a Matrix client, as a page: `#/login` asks for a name and a password like any client.
import { Platform, RootViewModel, createNavigation, createRouter, FeatureSet } from "hydrogen-view-sdk";

const assetPaths = {
  downloadSandbox: "assets/download-sandbox.html",
  worker: "assets/main.js",
  // Not only for files: without it no session is kept.
  serviceWorker: "sw.js",
  olm: { wasm: "olm/olm.wasm", wasmBundle: "olm/olm.js", legacyBundle: "olm/olm_legacy.js" },
};

const platform = new Platform({ container: document.body, assetPaths, configURL: "config.json" });
const navigation = createNavigation();
platform.setNavigation(navigation);
await platform.init();
const urlRouter = createRouter({ navigation, history: platform.history });
urlRouter.attach();
const features = await FeatureSet.load(platform.settingsStorage);
const root = new RootViewModel({ platform, urlCreator: urlRouter, urlRouter, navigation, features });
platform.createAndMountRootView(root);
await root.load();
