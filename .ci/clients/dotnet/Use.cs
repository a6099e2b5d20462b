// Uploads with the sample's credential before and after a refresh, and expects another signature each time.
using Azure.Storage.Blobs.Specialized;

var endpoint = Environment.GetEnvironmentVariable("SASB_BROKER")!;
var url = new Uri(new Uri(endpoint), "/storage/uploads/1");
using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false });
await using var sas = await FreshSas.StartAsync(http, endpoint, () => Task.FromResult("bearer"), new { url, permissions = "w", purpose = "refresh" });
var blob = new BlockBlobClient(url, sas.Credential);

await blob.UploadAsync(BinaryData.FromString("one").ToStream());
var first = sas.Credential.Signature;
for (var tries = 0; tries < 600 && sas.Credential.Signature == first; tries++) await Task.Delay(100);
await blob.UploadAsync(BinaryData.FromString("two").ToStream());

var seen = await http.GetStringAsync(new Uri(new Uri(endpoint), "/signatures"));
if (seen.Split(',') is not [var one, var two] || one == two) throw new InvalidOperationException($"storage saw the signatures {seen}");
