namespace Nico.SharedKernel.Limits;

/// <summary>What one caller, one org and one address may ask for: the configuration section <c>Limits</c> (docs/limits.md).</summary>
public sealed class LimitOptions : ICheckedOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Limits";

    /// <summary>Bytes that all headers of a request may have together, its line not counted. Default 32 KiB.</summary>
    public int HeadersBytes { get; set; } = 32 << 10;

    /// <summary>Bytes that a body may have. Default 1 MiB.</summary>
    public int BodyBytes { get; set; } = 1 << 20;

    /// <summary>Longest time that a body may take to come. Default 60 s.</summary>
    public TimeSpan BodyTime { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes a second at which a body must come at least, after the first ten seconds. Default 1024.</summary>
    public int BodyRate { get; set; } = 1024;

    /// <summary>Bytes of all bodies that the process holds at once. Default 128 MiB.</summary>
    public long BodiesBytes { get; set; } = 128L << 20;

    /// <summary>Bytes of bodies that the process holds at once for one org. Default 32 MiB.</summary>
    public long BodiesBytesOfOrg { get; set; } = 32L << 20;

    /// <summary>Bytes of UTF-8 that user data may have, without what Nico adds for phone home. Default 32 KiB.</summary>
    public int UserDataBytes { get; set; } = 32 << 10;

    /// <summary>Bytes of UTF-8 that an iPXE script may have. Default 32 KiB.</summary>
    public int IpxeScriptBytes { get; set; } = 32 << 10;

    /// <summary>Requests a second that an org may make for long. Default 200.</summary>
    public int RequestsPerSecond { get; set; } = 200;

    /// <summary>Requests that an org may make at once after a pause. Default 400.</summary>
    public int Burst { get; set; } = 400;

    /// <summary>Requests of an org that may be under way at the same time. Default 64.</summary>
    public int Concurrent { get; set; } = 64;

    /// <summary>
    /// Requests that are at work at once while several orgs ask, shared among these. Default: one for each processor core, at least 2.
    /// </summary>
    public int SharedConcurrency { get; set; } = Math.Max(2, Environment.ProcessorCount);

    /// <summary>Refused requests (no valid token, or none for the org) a second from one address. Default 100.</summary>
    public int RefusedPerSecond { get; set; } = 100;

    /// <summary>Refused requests from one address at once after a pause. Default 200.</summary>
    public int RefusedBurst { get; set; } = 200;

    /// <summary>Other limits for single orgs, by name in lower case.</summary>
    public Dictionary<string, OrgLimits> Orgs { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Objects that one tenant or provider may have, by kind as the API spells it (<c>Vpc</c>, <c>Instance</c> ...).</summary>
    public Dictionary<string, int> Objects { get; set; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Objects of a kind that <see cref="Objects"/> does not name. Default 10000.</summary>
    public int ObjectsOfKind { get; set; } = 10_000;

    /// <summary>The limits that hold for <paramref name="org"/>.</summary>
    public (int PerSecond, int Burst, int Concurrent) For(string org)
    {
        var own = Orgs.GetValueOrDefault(org);
        return (own?.RequestsPerSecond ?? RequestsPerSecond, own?.Burst ?? Burst, own?.Concurrent ?? Concurrent);
    }

    /// <inheritdoc/>
    public IEnumerable<string> Wrong()
    {
        foreach (var property in typeof(LimitOptions).GetProperties())
        {
            var isWrong = property.GetValue(this) switch
            {
                int number => number < (property.Name == nameof(ObjectsOfKind) ? 0 : 1),
                long number => number < 1,
                TimeSpan time => time <= TimeSpan.Zero,
                _ => false,
            };
            if (isWrong)
            {
                yield return $"{Section}:{property.Name}: must be more than 0";
            }
        }

        foreach (var (org, own) in Orgs.Where(org => new[] { org.Value.RequestsPerSecond, org.Value.Burst, org.Value.Concurrent }.Any(n => n < 1)))
        {
            yield return $"{Section}:{nameof(Orgs)}:{org}: must be more than 0";
        }

        foreach (var (kind, _) in Objects.Where(kind => kind.Value < 0))
        {
            yield return $"{Section}:{nameof(Objects)}:{kind}: must be 0 or more";
        }
    }
}

/// <summary>Limits of one org, where they are not everybody's.</summary>
public sealed class OrgLimits
{
    /// <summary>Requests a second.</summary>
    public int? RequestsPerSecond { get; set; }

    /// <summary>Requests at once after a pause.</summary>
    public int? Burst { get; set; }

    /// <summary>Requests under way at the same time.</summary>
    public int? Concurrent { get; set; }
}
