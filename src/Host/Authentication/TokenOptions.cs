namespace Nico.Host.Authentication;

/// <summary>What is asked of every token and key set: the configuration section <c>Tokens</c>.</summary>
internal sealed record TokenOptions
{
    /// <summary>How far the clocks of issuers may be off: for <c>exp</c>, <c>nbf</c> and <c>iat</c>. Default 30 s.</summary>
    public TimeSpan Leeway { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a key set is trusted that cannot be fetched again. Default 1 h.</summary>
    public TimeSpan KeysTrustedFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Longest time from <c>iat</c> (now, without one) to <c>exp</c>; null for any.</summary>
    public TimeSpan? LongestLife { get; init; }

    /// <summary>The configured ones.</summary>
    /// <exception cref="ConfigurationProblem">A value is out of bounds.</exception>
    public static TokenOptions From(IConfiguration configuration)
    {
        var defaults = new TokenOptions();
        var options = new TokenOptions
        {
            Leeway = configuration.Value("Tokens:Leeway", defaults.Leeway),
            KeysTrustedFor = configuration.Value("Tokens:KeysTrustedFor", defaults.KeysTrustedFor),
            LongestLife = configuration.Value("Tokens:LongestLife", defaults.LongestLife),
        };
        Need(options.Leeway >= TimeSpan.Zero && options.Leeway <= TimeSpan.FromMinutes(10), "Tokens:Leeway must be at most 10 minutes");
        Need(options.KeysTrustedFor >= TimeSpan.FromMinutes(2) && options.KeysTrustedFor <= TimeSpan.FromDays(7), "Tokens:KeysTrustedFor must be from 2 minutes to 7 days");
        Need(options.LongestLife is not { } longest || longest > TimeSpan.Zero, "Tokens:LongestLife must be longer than nothing");
        return options;
    }

    private static void Need(bool holds, string problem)
    {
        if (!holds)
        {
            throw new ConfigurationProblem(problem);
        }
    }
}
