namespace Nico.Tests.Architecture;

/// <summary>Where the sources are, and the contract where it is at hand.</summary>
internal static class Repository
{
    /// <summary>The folder of the solution.</summary>
    public static string Root { get; } = Above("Nico.sln") ?? throw new InvalidOperationException("No Nico.sln above the tests");

    /// <summary>A file of the shared contract; null where that is not at hand.</summary>
    public static string? Contract(string name) => Above(Path.Combine("shared", "contract", name)) is { } folder ? Path.Combine(folder, "shared", "contract", name) : null;

    /// <summary>The sources with this ending below <paramref name="folder"/>, without what a build left.</summary>
    public static IEnumerable<string> Files(string folder, string ending) => Directory
        .EnumerateFiles(Path.Combine(Root, folder), "*" + ending, SearchOption.AllDirectories)
        .Where(file => !file.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"));

    private static string? Above(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, file)))
            {
                return folder.FullName;
            }
        }

        return null;
    }
}
