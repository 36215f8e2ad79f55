using System.Collections.Concurrent;

namespace Nico.SharedKernel.Data;

/// <summary>The .sql files that lie beside the handlers, embedded in their assembly.</summary>
public static class Sql
{
    private static readonly ConcurrentDictionary<(Type Beside, string Name), string> _loaded = new();

    /// <summary>The text of <c>NAME.sql</c> in the folder (namespace) of <typeparamref name="T"/>.</summary>
    public static string Of<T>(string name) => _loaded.GetOrAdd((typeof(T), name), static key =>
    {
        var resource = $"{key.Beside.Namespace}.{key.Name}.sql";
        using var stream = key.Beside.Assembly.GetManifestResourceStream(resource)
            ?? throw new InvalidOperationException($"No embedded SQL file {resource}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    });
}
