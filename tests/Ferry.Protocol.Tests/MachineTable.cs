using System.Collections;
using System.Reflection;
using System.Text;
using Ferry.Protocol.Stanzas;
using Ferry.Protocol.StreamInitiation;

namespace Ferry.Protocol.Tests;

/// <summary>Turns what a machine does in every state with every input into lines that a test can hold.</summary>
internal static class MachineTable
{
    /// <summary>The outputs by their short names, <c>-</c> for none, <c>throws</c> for misuse.</summary>
    public static string Outcome<T>(Func<IReadOnlyList<T>> handle)
    {
        try
        {
            var outputs = handle();
            return outputs.Count == 0 ? "-" : string.Join(" ", outputs.Select(output => Describe(output!)));
        }
        catch (InvalidOperationException)
        {
            return "throws";
        }
    }

    /// <summary>The table has a line for every state with every input, and there is an input of every type.</summary>
    /// <param name="states">Each by its name and the inputs that lead to it.</param>
    /// <param name="inputs">Each by its name.</param>
    /// <param name="outcome">What the machine that took the first makes of the second.</param>
    /// <param name="table">Lines of <c>state | input | outcome</c>.</param>
    public static void ShouldBe<TInput>(
        IEnumerable<(string Name, TInput[] Path)> states, IReadOnlyList<(string Name, TInput Input)> inputs, Func<TInput[], TInput, string> outcome, string table)
        where TInput : notnull
    {
        ShouldCoverFamily(inputs.Select(input => input.Input));
        var lines = from state in states from input in inputs select $"{state.Name} | {input.Name} | {outcome(state.Path, input.Input)}";
        lines.ShouldBeLines(table);
    }

    /// <summary>Every input type has a sample, so that a new one cannot be left out of the table.</summary>
    public static void ShouldCoverFamily<TBase>(IEnumerable<TBase> samples)
        where TBase : notnull =>
        samples.Select(sample => sample.GetType()).Distinct().OrderBy(type => type.Name, StringComparer.Ordinal)
            .ShouldBe(typeof(TBase).GetNestedTypes().OrderBy(type => type.Name, StringComparer.Ordinal));

    public static void ShouldBeLines(this IEnumerable<string> actual, string expected) =>
        string.Join("\n", actual).ShouldBe(expected.ReplaceLineEndings("\n").Trim());

    private static string Describe(object output)
    {
        var text = new StringBuilder(output.GetType().Name);
        var values = output.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(property => property.Name is not ("Text" or "Offer")).Select(property => Value(property.GetValue(output))).Where(value => value.Length > 0).ToList();
        if (values.Count > 0) text.Append('(').AppendJoin(',', values).Append(')');
        return text.ToString();
    }

    private static string Value(object? value) => value switch
    {
        null or false => "",
        true => "true",
        StanzaError error => error.Application?.Name ?? error.ConditionName,
        SiAnswer answer => string.Join("+", answer.Methods),
        SiRange range => $"{range.Offset}..{range.Length}",
        string text => text,
        IEnumerable many => string.Join("+", many.Cast<object>()),
        _ => value.ToString()!,
    };
}
