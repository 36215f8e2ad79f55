using System.Data;
using System.Text.Json;
using System.Text.Json.Serialization;
using Dapper;
using Nico.SharedKernel.Secrets;

namespace Nico.Compute.UserData;

/// <summary>
/// User data or an iPXE script as it is kept: sealed, since tenants put passwords and keys into them. A type of its own, so that none is
/// shown or sent without being opened.
/// </summary>
[JsonConverter(typeof(Json))]
internal sealed record BootText(string Stored)
{
    /// <summary>True when there is nothing in it: nothing is not sealed.</summary>
    public bool IsEmpty => Stored.Length == 0;

    public override string ToString() => nameof(BootText);

    /// <summary>Makes Dapper read and write it as text.</summary>
    internal sealed class Column : SqlMapper.TypeHandler<BootText>
    {
        public override void SetValue(IDbDataParameter parameter, BootText? value) => parameter.Value = value is null ? DBNull.Value : value.Stored;

        public override BootText Parse(object value) => new((string)value);
    }

    private sealed class Json : JsonConverter<BootText>
    {
        public override BootText Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetString()!);

        public override void Write(Utf8JsonWriter writer, BootText value, JsonSerializerOptions options) => writer.WriteStringValue(value.Stored);
    }
}

/// <summary>
/// Seals and opens what is booted. All are sealed for one purpose, so that a text can go from an operating system to its instances and to
/// what a change replaced.
/// </summary>
internal sealed class BootTexts(ISecrets secrets)
{
    private const string Purpose = "compute.boot_text";

    /// <summary>Where they are kept. What was kept before they were sealed is sealed by the job that seals again.</summary>
    public static IReadOnlyList<SealedColumn> Columns { get; } =
    [
        new("compute.operating_system", "id", "ipxe_script", Purpose) { MayBeClear = true },
        new("compute.operating_system", "id", "user_data", Purpose) { MayBeClear = true },
        new("compute.operating_system_change", "id", "user_data", Purpose) { MayBeClear = true },
        new("compute.instance", "id", "ipxe_script", Purpose) { MayBeClear = true },
        new("compute.instance", "id", "user_data", Purpose) { MayBeClear = true },
    ];

    /// <summary>The text as it is kept.</summary>
    public BootText? Seal(string? text) => text is null ? null : new BootText(text.Length == 0 ? "" : secrets.Seal(text, Purpose));

    /// <summary>The text in the clear.</summary>
    public string? Open(BootText? text) => text is null ? null : SealedText.IsSealed(text.Stored) ? secrets.Open(text.Stored, Purpose) : text.Stored;
}
