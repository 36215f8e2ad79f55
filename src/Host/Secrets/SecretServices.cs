using Nico.Host.Operations;
using Nico.SharedKernel.Http;
using Nico.SharedKernel.Secrets;

namespace Nico.Host.Secrets;

/// <summary>What seals secrets, made of the configuration.</summary>
internal static class SecretServices
{
    /// <summary>The configuration's key: the folder of the keys.</summary>
    public const string Folder = "Secrets:Keys";

    /// <summary>
    /// Registers the keys. Without one Nico does not start: every new site needs a secret, and a replica that only sometimes
    /// answers would be worse than none.
    /// </summary>
    public static void AddSecrets(this WebApplicationBuilder builder, bool areNeeded)
    {
        var path = builder.Configuration[Folder];
        if (areNeeded)
        {
            if (string.IsNullOrEmpty(path))
            {
                throw new ConfigurationProblem($"No folder of keys for secrets is configured: set {Folder.Replace(":", "__", StringComparison.Ordinal)}, and make a key with ./nico keys add");
            }

            if (new KeyFolder(path).Read().Count == 0)
            {
                throw new ConfigurationProblem($"{Folder}: there is no key in {path}: make one with ./nico keys add");
            }
        }

        builder.Services.AddSingleton(provider => new KeyRing(
            new KeyFolder(path ?? ""), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<KeyRing>>()));
        builder.Services.AddSingleton<ISecrets>(provider => provider.GetRequiredService<KeyRing>());
        builder.Services.AddSingleton<Resealing>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<Resealing>());
    }

    /// <summary>Maps <c>GET /ops/keys</c>: the keys, and how much each has sealed. No key itself is shown.</summary>
    public static void MapKeys(this IEndpointRouteBuilder routes) => routes
        .MapGet("/ops/keys", async (HttpContext http, KeyRing ring, Resealing sealing) =>
        {
            var counts = await sealing.Count(http.RequestAborted);
            var keys = ring.Keys();
            await JsonAnswer.Write(http, StatusCodes.Status200OK, counts.Select(count => count.Key).Concat(keys.Select(key => key.Id)).Distinct().Select(id => new KeyUse(
                id,
                keys.FirstOrDefault(key => key.Id == id)?.File,
                id == keys[^1].Id,
                counts.Where(count => count.Key == id).ToDictionary(count => count.Column, count => count.Texts))).ToArray());
        })
        .ExcludeFromDescription()
        .WithMetadata(new OperatorsOnly());

    /// <summary>A key and what it has sealed; without a file, one that is missing.</summary>
    private sealed record KeyUse(string Id, string? File, bool IsCurrent, Dictionary<string, long> Sealed);
}
