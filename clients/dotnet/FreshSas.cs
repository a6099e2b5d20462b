// Keeps an AzureSasCredential fresh with the SAS token broker. A sample to copy: .NET 8, Azure.Core.
//
//   await using var sas = await FreshSas.StartAsync(http, "https://broker.example/api", GetBearer, new { url, permissions = "w" });
//   var blob = new BlockBlobClient(new Uri(url), sas.Credential);
//
// It outlives expiries. It does not send again what storage refused: call RenewAsync after a 403 AuthenticationFailed.
using System;
using System.Diagnostics;
using System.Net.Http;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Azure;

/// <param name="http">Must not follow redirects: <c>new HttpClientHandler { AllowAutoRedirect = false }</c>.</param>
public sealed class FreshSas(HttpClient http, string broker, Func<Task<string>> getBearer, object request) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(3);
    private readonly CancellationTokenSource _stop = new();
    private Task _refreshing = Task.CompletedTask;

    public AzureSasCredential Credential { get; private set; } = new("none");

    public static async Task<FreshSas> StartAsync(HttpClient http, string broker, Func<Task<string>> getBearer, object request)
    {
        var sas = new FreshSas(http, broker, getBearer, request);
        var wait = await sas.RenewAsync();
        sas._refreshing = sas.RefreshAsync(wait);
        return sas;
    }

    /// <summary>Gets another token. Returns how long to keep it, by the broker's own times and a monotonic clock.</summary>
    public async Task<TimeSpan> RenewAsync()
    {
        var sent = Stopwatch.StartNew();
        using var call = new HttpRequestMessage(HttpMethod.Post, $"{broker.TrimEnd('/')}/tokens");
        // JsonContent would be sent in chunks, and the Functions host drops chunked bodies: the broker answers 411.
        call.Content = new StringContent(JsonSerializer.Serialize(request), Encoding.UTF8, "application/json");
        call.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await getBearer());
        using var reply = await http.SendAsync(call, _stop.Token);
        reply.EnsureSuccessStatusCode();
        var token = await reply.Content.ReadFromJsonAsync<JsonElement>(_stop.Token);
        Credential.Update(token.GetProperty("token").GetString()!);
        var keep = token.GetProperty("refreshAfter").GetDateTimeOffset() - token.GetProperty("issuedAt").GetDateTimeOffset() - sent.Elapsed;
        return keep > TimeSpan.Zero ? keep : TimeSpan.Zero;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _refreshing;
        _stop.Dispose();
    }

    private async Task RefreshAsync(TimeSpan wait)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(wait, _stop.Token);
                wait = await RenewAsync();
            }
            catch (HttpRequestException)
            {
                wait = Pause; // the present token still serves until it expires
            }
            catch (OperationCanceledException)
            {
                wait = Pause;
            }
        }
    }
}
