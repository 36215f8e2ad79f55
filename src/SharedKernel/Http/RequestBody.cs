using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Nico.SharedKernel.Limits;

namespace Nico.SharedKernel.Http;

/// <summary>A request's body, read once and kept in pooled memory until the request is over, for whoever asks for it.</summary>
public static class RequestBody
{
    /// <summary>The whole body; again for each who asks, but a body that did not come whole fails for all. 408 when it comes too slowly, 429 and 503 when too many bodies are being read.</summary>
    public static async Task<ReadOnlySequence<byte>> Read(HttpContext http, CancellationToken ct)
    {
        if (http.Features.Get<KeptBody>() is { } kept)
        {
            return kept.IsWhole ? kept.Bytes.GetReadOnlySequence() : throw new IOException("The body has not come whole");
        }

        var limits = http.RequestServices.GetRequiredService<IOptions<LimitOptions>>().Value;
        var body = new KeptBody(http.RequestServices.GetRequiredService<BodyBudget>().Open(http.RequestServices.GetRequiredService<Caller>().Org));
        http.Response.RegisterForDispose(body);
        http.Features.Set(body);
        using var time = CancellationTokenSource.CreateLinkedTokenSource(ct);
        time.CancelAfter(limits.BodyTime);
        try
        {
            while (true)
            {
                var block = body.Bytes.GetMemory(4096);
                var read = await http.Request.Body.ReadAsync(block, time.Token);
                if (read == 0)
                {
                    break;
                }

                body.Share.Take(read);
                body.Bytes.Advance(read);
            }
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new Problem(StatusCodes.Status408RequestTimeout, $"The body did not come within {limits.BodyTime.TotalSeconds} s");
        }

        body.IsWhole = true;
        return body.Bytes.GetReadOnlySequence();
    }

    private sealed class KeptBody(BodyBudget.Share share) : IDisposable
    {
        public Microsoft.IO.RecyclableMemoryStream Bytes { get; } = JsonAnswer.Buffer();

        public bool IsWhole { get; set; }

        public BodyBudget.Share Share { get; } = share;

        public void Dispose()
        {
            Bytes.Dispose();
            Share.Dispose();
        }
    }
}

/// <summary>How many bytes of bodies the process holds at once, in all and for each org.</summary>
public sealed class BodyBudget(IOptions<LimitOptions> limits)
{
    private readonly ConcurrentDictionary<string, long> _orgs = new();
    private long _all;

    /// <summary>Bytes that are held now.</summary>
    public long Held => Interlocked.Read(ref _all);

    /// <summary>Begins a body of <paramref name="org"/>; disposing of the share gives back what it took.</summary>
    public Share Open(string org) => new(this, org);

    /// <summary>What one body has of the budget.</summary>
    public sealed class Share(BodyBudget budget, string org) : IDisposable
    {
        private long _taken;

        /// <summary>Takes room for <paramref name="bytes"/> more. 429 when the org has too much already, 503 when all together have.</summary>
        public void Take(int bytes)
        {
            _taken += bytes;
            var ofOrg = budget._orgs.AddOrUpdate(org, bytes, (_, held) => held + bytes);
            var all = Interlocked.Add(ref budget._all, bytes);
            if (ofOrg > budget.Options.BodiesBytesOfOrg)
            {
                throw new Problem(StatusCodes.Status429TooManyRequests, "The org sends too many large bodies at once: try again");
            }

            if (all > budget.Options.BodiesBytes)
            {
                throw new Problem(StatusCodes.Status503ServiceUnavailable, "Too many large bodies are being read at once: try again");
            }
        }

        public void Dispose()
        {
            var taken = Interlocked.Exchange(ref _taken, 0);
            if (taken == 0)
            {
                return;
            }

            Interlocked.Add(ref budget._all, -taken);
            if (budget._orgs.AddOrUpdate(org, 0, (_, held) => held - taken) == 0)
            {
                budget._orgs.TryRemove(new KeyValuePair<string, long>(org, 0));
            }
        }
    }

    private LimitOptions Options => limits.Value;
}
