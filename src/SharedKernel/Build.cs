using System.Reflection;

namespace Nico.SharedKernel;

/// <summary>What this build is, as stamped when it was compiled.</summary>
public static class Build
{
    /// <summary>Version of the product.</summary>
    public static string Version { get; } =
        typeof(Build).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "dev";

    /// <summary>
    /// Version of the contract that is served: what callers that look at a version look for. Source: spec/01-versions.md.
    /// </summary>
    public const string ApiVersion = "1.6.0";

    /// <summary>When it was compiled, RFC 3339 in UTC; <c>unknown</c> where that was not stamped.</summary>
    public static string Time { get; } =
        typeof(Build).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == "BuildTime")?.Value ?? "unknown";
}
