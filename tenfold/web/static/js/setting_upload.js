/** More images for a project that takes them from an upload. */

import { Upload } from "./upload.js";

for (const place of document.querySelectorAll("[data-upload]")) {
  new Upload(place, { begin: async () => place.dataset.upload });
}
