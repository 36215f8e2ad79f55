namespace Nico.SharedKernel.Http;

/// <summary>The name that the contract gives to a request or response type, where it is not the type's own.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Enum | AttributeTargets.Struct)]
public sealed class SchemaAttribute(string name) : Attribute
{
    /// <summary>Name of the schema.</summary>
    public string Name { get; } = name;
}
