// Hydrogen, a Matrix client, as a page. It asks for a name and a password unless config.json brings them.
import {
  Client,
  FeatureSet,
  LoadStatus,
  Platform,
  RootViewModel,
  createNavigation,
  createRouter,
} from "hydrogen-view-sdk";

const assetPaths = {
  downloadSandbox: "assets/download-sandbox.html",
  worker: "assets/main.js",
  // Not only for files: without it no session is kept.
  serviceWorker: "sw.js",
  olm: { wasm: "olm/olm.wasm", wasmBundle: "olm/olm.js", legacyBundle: "olm/olm_legacy.js" },
};

const ENDED = [LoadStatus.Ready, LoadStatus.LoginFailed, LoadStatus.Error];

// Keeps a session in the browser, which the page then opens like any kept session.
async function logIn(platform, features) {
  const { defaultHomeServer, user, password } = platform.config;
  const client = new Client(platform, features);
  const methods = await client.queryLogin(defaultHomeServer).result;
  await client.startWithLogin(methods.password(user, password));
  await client.loadStatus.waitFor((status) => ENDED.includes(status)).promise;
  client.dispose();
}

const platform = new Platform({ container: document.body, assetPaths, configURL: "config.json" });
const navigation = createNavigation();
platform.setNavigation(navigation);
await platform.init();
const urlRouter = createRouter({ navigation, history: platform.history });
urlRouter.attach();
const features = await FeatureSet.load(platform.settingsStorage);
if (platform.config.user && (await platform.sessionInfoStorage.getAll()).length === 0) {
  await logIn(platform, features);
}
const root = new RootViewModel({ platform, urlCreator: urlRouter, urlRouter, navigation, features });
platform.createAndMountRootView(root);
await root.load();
