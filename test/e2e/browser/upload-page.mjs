// The script of a page that uploads. It is JavaScript because Uppy's types bring the DOM's, which conflict with Node's.
// The test calls the functions that it puts on the window; each resolves to the number of tokens that were used.
import { BlockBlobClient } from '@azure/storage-blob';
import AwsS3 from '@uppy/aws-s3';
import Uppy from '@uppy/core';
import XHRUpload from '@uppy/xhr-upload';
import { SasBroker } from '../../../clients/js/index.ts';
import { blobPipeline } from '../../../clients/js/storage-blob.ts';

const headers = { 'x-ms-blob-type': 'BlockBlob' };
const contentOf = (number, size) => new Uint8Array(size).fill(65 + (number % 26));

function sourceOf({ broker, bearer, url, ttl, kind }) {
  const client = new SasBroker({ endpoint: broker, getBearer: () => bearer });
  const inner = client.source({ url, permissions: 'w', ttl, kind });
  const used = new Set();
  const count = (token) => {
    used.add(token.token);
    return token;
  };
  return { source: { get: (options) => inner.get(options).then(count) }, used };
}

async function blocks(given) {
  const { source, used } = sourceOf(given);
  const blob = new BlockBlobClient(given.url, blobPipeline(source));
  const ids = Array.from({ length: given.blocks }, (_, number) => btoa(String(number).padStart(6, '0')));
  for (const [number, id] of ids.entries()) {
    await blob.stageBlock(id, contentOf(number, given.size), given.size);
    await new Promise((resolve) => setTimeout(resolve, given.pauseMs));
    if (number === given.midway) await window.giveUpTheKey();
  }
  await blob.commitBlockList(ids);
  return used.size;
}

/** Shows how far an upload is, for a person and for pictures. */
function show(percent, state = 'uploading') {
  document.body.innerHTML = `<h1>file.bin</h1><progress max="100" value="${percent}"></progress> <output>${percent} %, ${state}</output>`;
}

async function uploadWith(uppy, { blocks: count, size }) {
  const parts = Array.from({ length: count }, (_, number) => contentOf(number, size));
  uppy.on('progress', show);
  uppy.addFile({ name: 'file.bin', type: 'application/octet-stream', data: new Blob(parts) });
  const { successful, failed } = await uppy.upload();
  show(100, successful.length === 1 ? 'uploaded' : 'failed');
  if (successful.length !== 1) throw new Error(failed[0]?.error ?? 'the upload failed');
}

async function xhrUpload(given) {
  const { source, used } = sourceOf(given);
  const endpoint = async () => (await source.get()).url;
  const options = { method: 'PUT', formData: false, headers, endpoint, getResponseData: () => ({}) };
  await uploadWith(new Uppy().use(XHRUpload, options), given);
  return used.size;
}

async function awsS3(given) {
  const { source, used } = sourceOf(given);
  const getUploadParameters = async () => ({ method: 'PUT', url: (await source.get()).url, headers });
  await uploadWith(new Uppy().use(AwsS3, { shouldUseMultipart: false, getUploadParameters }), given);
  return used.size;
}

window.acts = { blocks, xhrUpload, awsS3 };
